//! What a doc comment says.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// In one line; a paragraph of its own begins on a line of its own.
pub(crate) fn text(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for line in attributes.iter().filter_map(line) {
        let line = line.trim();
        match (line.is_empty(), text.is_empty() || text.ends_with('\n')) {
            (true, false) => text.push('\n'),
            (false, false) => text.extend([" ", line]),
            (_, true) => text.push_str(line),
        }
    }
    text.trim_end().to_owned()
}

fn line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) = &pair.value else { return None };
    pair.path.is_ident("doc").then(|| line.value())
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{DeriveInput, parse_quote};

    #[test]
    fn lines_become_one_and_paragraphs_stay_apart() {
        let item: DeriveInput = parse_quote! {
            /// Holds a victim
            /// for a while.
            #[serde(default)]
            ///
            ///
            /// Not for ever.
            struct Hold;
        };
        assert_eq!(text(&item.attrs), "Holds a victim for a while.\nNot for ever.");
        assert_eq!(text(&[]), "");
    }
}
