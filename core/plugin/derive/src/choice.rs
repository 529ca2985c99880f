//! An enum: one of several words.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataEnum, Error, Fields, Ident, Result};

use crate::attributes::{self, Attributes};
use crate::{docs, implementation};

pub(crate) fn expand(
    name: &Ident,
    data: &DataEnum,
    container: &Attributes,
    meaning: &str,
) -> Result<TokenStream> {
    let (mut choices, mut words) = (Vec::new(), Vec::new());
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let why = "a variant with fields cannot be described by itself: implement Parameters by hand";
            return Err(Error::new_spanned(variant, why));
        }
        let own = attributes::read(&variant.attrs)?;
        let (ident, meaning) = (&variant.ident, docs::text(&variant.attrs));
        let word = own.name(ident, container.rename_all.map(|case| case.of_variant(ident)));
        words.push(quote! { Self::#ident => #word, });
        if !own.skip {
            choices.push(quote! { ::chaos_kitty_plugin::Choice { name: #word, meaning: #meaning } });
        }
    }
    let kind = quote! {
        ::chaos_kitty_plugin::Kind::choice(::std::vec![#(#choices),*]).meaning(#meaning)
    };
    let value = quote! { ::chaos_kitty_plugin::Value::from(match self { #(#words)* }) };
    Ok(implementation(name, &kind, &value))
}
