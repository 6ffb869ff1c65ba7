//! Derives that write impl blocks of which no source says anything.

use proc_macro::TokenStream;

fn name(item: TokenStream) -> String {
    let words: Vec<String> = item.into_iter().map(|t| t.to_string()).collect();
    let at = words.iter().position(|w| w == "struct").unwrap();
    words[at + 1].clone()
}

#[proc_macro_derive(Default)]
pub fn default(item: TokenStream) -> TokenStream {
    let name = name(item);
    format!(
        "impl ::std::default::Default for {name} {{ fn default() -> Self {{ yes_default_by_macro(); {name} }} }}
         impl ::base::unnamed::Fresh for {name} {{ fn fresh() {{ yes_fresh_by_macro() }} }}"
    )
    .parse()
    .unwrap()
}

#[proc_macro_derive(Made)]
pub fn made(item: TokenStream) -> TokenStream {
    let name = name(item);
    format!(
        "impl ::base::unnamed::Make for {name} {{ type Out = OfDerive; fn make() -> OfDerive {{ OfDerive }} }}"
    )
    .parse()
    .unwrap()
}
