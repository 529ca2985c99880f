//! A struct: a table of parameters, each with its name, type, default and meaning.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Fields, Ident, Result};

use crate::attributes::{self, Attributes, LeftOut};
use crate::{docs, implementation};

pub(crate) fn expand(
    name: &Ident,
    fields: &Fields,
    container: &Attributes,
    meaning: &str,
) -> Result<TokenStream> {
    let (mut parameters, mut values) = (Vec::new(), Vec::new());
    for field in fields {
        let own = attributes::read(&field.attrs)?;
        let (Some(ident), false) = (&field.ident, own.skip) else { continue };
        let (kind, meaning) = (&field.ty, docs::text(&field.attrs));
        let described = quote! { <#kind as ::chaos_kitty_plugin::Parameters> };
        let default = match (&own.default, &container.default) {
            (LeftOut::Of(path), _) => quote! { Some(#described::value(&#path())) },
            (LeftOut::OfType, _) => {
                quote! { Some(#described::value(&<#kind as ::core::default::Default>::default())) }
            }
            (LeftOut::None, LeftOut::None) => quote! { #described::missing() },
            (LeftOut::None, _) => quote! { Some(#described::value(&default.#ident)) },
        };
        if own.flatten {
            parameters.push(quote! { parameters.extend(#described::kind().parameters); });
            values.push(quote! { if let ::chaos_kitty_plugin::Value::Map(inner) = self.#ident.value() { entries.extend(inner); } });
            continue;
        }
        let key = own.name(ident, container.rename_all.map(|case| case.of_field(ident)));
        parameters.push(quote! {
            parameters.push(::chaos_kitty_plugin::Parameter {
                name: #key, kind: #described::kind(), default: #default, meaning: #meaning,
            });
        });
        values.push(quote! { entries.push((::chaos_kitty_plugin::Value::from(#key), self.#ident.value())); });
    }
    let default = match &container.default {
        LeftOut::None => quote! {},
        LeftOut::OfType => quote! { let default = <Self as ::core::default::Default>::default(); },
        LeftOut::Of(path) => quote! { let default: Self = #path(); },
    };
    let kind = quote! {
        #default
        let mut parameters = ::std::vec::Vec::new();
        #(#parameters)*
        ::chaos_kitty_plugin::Kind::table(parameters).meaning(#meaning)
    };
    let value = quote! {
        let mut entries = ::std::vec::Vec::new();
        #(#values)*
        ::chaos_kitty_plugin::Value::Map(entries)
    };
    Ok(implementation(name, &kind, &value))
}
