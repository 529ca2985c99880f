//! The five operations, none of which strikes while it is measured.

/// A configuration of them.
pub(crate) const FIVE: &str = "\
version = 1

[[instance]]
operation = \"hairball\"
parameters = { interval = \"1h\" }

[[instance]]
operation = \"scratch\"
parameters = { interval = \"1h\" }

[[instance]]
operation = \"floop\"
parameters = { interval = \"1h\" }

[[instance]]
operation = \"zoomies\"
parameters = { interval = \"1h\" }

[[instance]]
operation = \"yowl\"
parameters = { interval = \"1h\" }
";
