//! `#[derive(Parameters)]`: what an author wrote about a type of parameters, for those who configure it.
//!
//! Names and defaults are those that serde's attributes give, so that nothing is said twice. `chaos_kitty_plugin` exports
//! the macro, and says how to use it.

mod attributes;
mod case;
mod choice;
mod docs;
mod table;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Ident, Result, parse_macro_input};

/// See `chaos_kitty_plugin::Parameters`.
#[proc_macro_derive(Parameters, attributes(serde))]
pub fn derive_parameters(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let attributes = attributes::read(&input.attrs)?;
    let meaning = docs::text(&input.attrs);
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                let inner = &fields.unnamed[0].ty;
                let kind = quote! { <#inner as ::chaos_kitty_plugin::Parameters>::kind().meaning(#meaning) };
                Ok(implementation(&input.ident, &kind, &quote! { self.0.value() }))
            }
            Fields::Unnamed(fields) => {
                let why = "parameters are written by name: give the fields names";
                Err(Error::new_spanned(fields, why))
            }
            fields => table::expand(&input.ident, fields, &attributes, &meaning),
        },
        Data::Enum(data) => choice::expand(&input.ident, data, &attributes, &meaning),
        Data::Union(data) => Err(Error::new_spanned(data.union_token, "a union is no parameter")),
    }
}

fn implementation(name: &Ident, kind: &TokenStream, value: &TokenStream) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl ::chaos_kitty_plugin::Parameters for #name {
            fn kind() -> ::chaos_kitty_plugin::Kind {
                ::chaos_kitty_plugin::Kind::of::<Self>(|| { #kind })
            }
            fn value(&self) -> ::chaos_kitty_plugin::Value {
                use ::chaos_kitty_plugin::Parameters as _;
                #value
            }
        }
    }
}
