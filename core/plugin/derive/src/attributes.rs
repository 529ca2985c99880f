//! Serde's attributes, as far as they say how a parameter is written.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, ExprPath, Ident, LitStr, Result, Token, parenthesized, token};

use crate::case::Case;

/// Of a type, a field or a variant.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) rename_all: Option<Case>,
    pub(crate) default: LeftOut,
    pub(crate) flatten: bool,
    pub(crate) skip: bool,
    rename: Option<String>,
}

/// What takes a parameter's place where it is left out.
#[derive(Default)]
pub(crate) enum LeftOut {
    #[default]
    None,
    OfType,
    /// What the function answers.
    Of(ExprPath),
}

impl Attributes {
    /// The name that configuration uses.
    pub(crate) fn name(&self, ident: &Ident, by_case: Option<String>) -> String {
        self.rename.clone().or(by_case).unwrap_or_else(|| ident.unraw().to_string())
    }
}

pub(crate) fn read(attributes: &[Attribute]) -> Result<Attributes> {
    let mut read = Attributes::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("default") {
                read.default = match text(&meta)? {
                    None => LeftOut::OfType,
                    Some(path) => LeftOut::Of(path.parse()?),
                };
            } else if meta.path.is_ident("rename") {
                read.rename = for_reading(&meta)?.map(|name| name.value());
            } else if meta.path.is_ident("rename_all") {
                read.rename_all = for_reading(&meta)?.and_then(|case| Case::named(&case.value()));
            } else {
                read.flatten |= meta.path.is_ident("flatten");
                read.skip |= meta.path.is_ident("skip") || meta.path.is_ident("skip_deserializing");
                pass_by(&meta)?;
            }
            Ok(())
        })?;
    }
    Ok(read)
}

/// `= "text"`, or nothing.
fn text(meta: &ParseNestedMeta<'_>) -> Result<Option<LitStr>> {
    if meta.input.peek(Token![=]) { Ok(Some(meta.value()?.parse()?)) } else { Ok(None) }
}

/// `= "text"` or `(deserialize = "text")`.
fn for_reading(meta: &ParseNestedMeta<'_>) -> Result<Option<LitStr>> {
    if !meta.input.peek(token::Paren) {
        return text(meta);
    }
    let mut found = None;
    meta.parse_nested_meta(|inner| {
        let name = text(&inner)?;
        if inner.path.is_ident("deserialize") {
            found = name;
        }
        Ok(())
    })?;
    Ok(found)
}

/// What is said here concerns serde alone, which also says what is wrong with it.
fn pass_by(meta: &ParseNestedMeta<'_>) -> Result<()> {
    if meta.input.peek(token::Paren) {
        let content;
        parenthesized!(content in meta.input);
        content.parse::<TokenStream>()?;
    } else {
        text(meta)?;
    }
    Ok(())
}
