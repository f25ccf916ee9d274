//! `#[given]`, `#[when]` and `#[then]` of tmfctk: Cucumber's attributes of the same names, with
//! two additions.
//!
//! - The step documents itself: its doc comment and the attribute's `pattern` and `example` become
//!   an entry of the vocabulary that `tmfctk steps` prints.
//! - The function contains only what is special to the step. The generated caller says to the world
//!   which step runs, and ends the step as violated where the function has recorded a failure.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, FnArg, Ident, ItemFn, Lit, LitStr, MetaNameValue, Pat, Token};

/// A step that sets up what a scenario needs. See [`macro@then`] for the arguments.
#[proc_macro_attribute]
pub fn given(arguments: TokenStream, function: TokenStream) -> TokenStream {
    expand("given", "Given", arguments, function)
}

/// A step that does something to the target. See [`macro@then`] for the arguments.
#[proc_macro_attribute]
pub fn when(arguments: TokenStream, function: TokenStream) -> TokenStream {
    expand("when", "When", arguments, function)
}

/// A step that checks something.
///
/// A step without parameters is its text:
///
/// ```ignore
/// /// The body is a list without elements.
/// #[then("the list is empty")]
/// async fn list_is_empty(world: &mut World) -> Outcome { … }
/// ```
///
/// A step with parameters is a regular expression, of which each group is an argument of the
/// function. `pattern` is the same for people, `example` a line as it may stand in a feature:
///
/// ```ignore
/// /// The status is lower, whatever it is.
/// #[then(
///     regex = r"^the status is below (\d{3})$",
///     pattern = "the status is below CODE",
///     example = "the status is below 500"
/// )]
/// async fn status_below(world: &mut World, limit: u16) -> Outcome { … }
/// ```
#[proc_macro_attribute]
pub fn then(arguments: TokenStream, function: TokenStream) -> TokenStream {
    expand("then", "Then", arguments, function)
}

fn expand(
    attribute: &str,
    keyword: &str,
    arguments: TokenStream,
    function: TokenStream,
) -> TokenStream {
    let expanded = syn::parse(arguments).and_then(|arguments| {
        let attribute = Ident::new(attribute, proc_macro2::Span::call_site());
        step(&attribute, keyword, &arguments, &syn::parse(function)?)
    });
    expanded
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// What stands in the parentheses of the attribute.
struct Arguments {
    /// What Cucumber's attribute is given.
    cucumber: Tokens,
    pattern: LitStr,
    example: LitStr,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            return Ok(Self {
                cucumber: quote!(#text),
                pattern: text.clone(),
                example: text,
            });
        }
        let named = Punctuated::<MetaNameValue, Token![,]>::parse_terminated(input)?;
        let find = |name: &str| {
            let found = named.iter().find(|argument| argument.path.is_ident(name));
            let text = found.and_then(|argument| text(&argument.value));
            text.ok_or_else(|| input.error(format!("`{name} = \"…\"` is missing")))
        };
        let regex = find("regex")?;
        Ok(Self {
            cucumber: quote!(regex = #regex),
            pattern: find("pattern")?,
            example: find("example")?,
        })
    }
}

/// The text of a string literal.
fn text(value: &Expr) -> Option<LitStr> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.clone()),
        _ => None,
    }
}

/// The function, its caller with Cucumber's attribute, and its entry in the vocabulary.
fn step(
    attribute: &Ident,
    keyword: &str,
    arguments: &Arguments,
    function: &ItemFn,
) -> syn::Result<Tokens> {
    let Arguments {
        cucumber,
        pattern,
        example,
    } = arguments;
    let meaning = doc_comment(function);
    let name = &function.sig.ident;
    if meaning.is_empty() {
        let missing = "a step needs a doc comment: `tmfctk steps` prints it";
        return Err(syn::Error::new(name.span(), missing));
    }
    // The first argument is the world, the others are the groups of the expression.
    let groups: Vec<&FnArg> = function.sig.inputs.iter().skip(1).collect();
    let names = groups.iter().map(|group| match group {
        FnArg::Typed(group) if matches!(*group.pat, Pat::Ident(_)) => Ok(&group.pat),
        other => Err(syn::Error::new_spanned(other, "a name is expected")),
    });
    let names = names.collect::<syn::Result<Vec<_>>>()?;
    Ok(quote! {
        #function

        const _: () = {
            #[::cucumber::#attribute(#cucumber)]
            async fn call(
                world: &mut crate::world::World,
                step: &::cucumber::gherkin::Step,
                #(#groups),*
            ) -> crate::evidence::Outcome {
                world.begin_step(step);
                let outcome = #name(world, #(#names),*).await;
                world.end_step(outcome)
            }

            ::inventory::submit! {
                crate::steps::StepDoc {
                    pattern: ::std::concat!(#keyword, " ", #pattern),
                    meaning: #meaning,
                    example: ::std::concat!(#keyword, " ", #example),
                    file: ::std::file!(),
                    line: ::std::line!(),
                }
            }
        };
    })
}

/// The doc comment of a function as one line.
fn doc_comment(function: &ItemFn) -> String {
    let comments = function
        .attrs
        .iter()
        .filter_map(|attribute| attribute.meta.require_name_value().ok())
        .filter(|value| value.path.is_ident("doc"))
        .filter_map(|value| text(&value.value))
        .map(|line| line.value().trim().to_owned());
    comments.collect::<Vec<_>>().join(" ").trim().to_owned()
}
