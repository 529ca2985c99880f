//! What an author of chaos operations writes against
