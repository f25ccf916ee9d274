//! Writes a template with the values of a view.
//!
//! The engine copies the value that it hands to a part, and the whole path of each value that it
//! looks up: for a page of many exchanges that is most of the work. Text, values, conditions, lists
//! and parts are most of a template. They are written here, from where the values lie. All else is
//! the engine's, and so is whatever lacks its value: it renders that element and says what is wrong.

use std::collections::BTreeSet;
use std::io;

use handlebars::template::{DecoratorTemplate, HelperTemplate, Parameter, TemplateElement};
use handlebars::{
    BlockContext, Context, Handlebars, JsonRender as _, JsonTruthy as _, LocalVars, Output, Path,
    PathSeg, RenderContext, RenderError, Renderable as _, Template,
};
use serde_json::Value;

use super::helpers::{Given, Helpers, escape_into, is_helper, is_ours};

/// What a part writes where it wants the block that it was called with.
const BLOCK: &str = "@partial-block";

/// The parts that are given a value and nothing else, by their names.
#[derive(Debug, Default)]
pub struct PlainParts(BTreeSet<String>);

impl PlainParts {
    /// Adds the part of this text, where it is one.
    pub fn add(&mut self, name: &str, text: &str) {
        if !text.contains(BLOCK) {
            self.0.insert(name.to_owned());
        }
    }
}

/// Writes a template with the view that the context holds.
///
/// # Errors
///
/// What the engine says of an element that it can't render, with its template and line.
pub fn write(
    registry: &Handlebars<'static>,
    helpers: &Helpers,
    parts: &PlainParts,
    template: &str,
    context: &Context,
) -> Result<String, RenderError> {
    let Some(template) = registry.get_template(template) else {
        // It says so.
        return registry.render_with_context(template, context);
    };
    let mut writer = Writer {
        registry,
        helpers,
        parts,
        context,
        places: Vec::new(),
        told: 0,
        state: RenderContext::new(template.name.as_ref()),
        out: Page(String::new()),
    };
    writer.template(template, context.data())?;
    Ok(writer.out.0)
}

struct Page(String);

impl Output for Page {
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.0.push_str(text);
        Ok(())
    }
}

/// What is written, the places that are being worked on, and the engine's own state, which knows the
/// outermost `told` of them.
struct Writer<'a> {
    registry: &'a Handlebars<'a>,
    helpers: &'a Helpers,
    parts: &'a PlainParts,
    context: &'a Context,
    places: Vec<Place<'a>>,
    told: usize,
    state: RenderContext<'a, 'a>,
    out: Page,
}

/// What a part or the body of a list is written for.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The path from the place around it to the part's value, or to the list.
    below: &'a [PathSeg],
    /// Of an element of a list its index, and the length of the list.
    element: Option<(usize, usize)>,
}

impl<'a> Writer<'a> {
    fn template(&mut self, template: &'a Template, this: &'a Value) -> Result<(), RenderError> {
        self.state.set_current_template_name(template.name.as_ref());
        for (place, element) in template.elements.iter().enumerate() {
            self.element(element, this).map_err(|mut error| {
                if error.line_no.is_none() {
                    error.line_no = template.mapping.get(place).map(|place| place.0);
                }
                if error.template_name.is_none() {
                    error.template_name.clone_from(&template.name);
                }
                error
            })?;
        }
        Ok(())
    }

    fn element(
        &mut self,
        element: &'a TemplateElement,
        this: &'a Value,
    ) -> Result<(), RenderError> {
        let written = match element {
            TemplateElement::RawString(text) => {
                self.out.0.push_str(text);
                true
            }
            TemplateElement::Expression(expression) => self.value(expression, this),
            TemplateElement::HelperBlock(block) => self.block(block, this)?,
            TemplateElement::PartialExpression(tag) => self.part(tag, this)?,
            _ => false,
        };
        if written {
            return Ok(());
        }
        self.tell_places();
        element.render(self.registry, self.context, &mut self.state, &mut self.out)
    }

    /// `{{value}}`, `{{helper value}}`
    fn value(&mut self, expression: &HelperTemplate, this: &Value) -> bool {
        let path = match &expression.name {
            Parameter::Path(path) => path,
            Parameter::Name(name) => return self.said(name, expression, this),
            _ => return false,
        };
        let Path::Relative((_, name)) = path else {
            return false;
        };
        if is_ours(name) {
            return self.said(name, expression, this);
        }
        if !expression.params.is_empty() || !expression.hash.is_empty() || is_helper(name) {
            return false;
        }
        match look_up(path, this) {
            Some(Value::String(text)) => escape_into(text, &mut self.out.0),
            Some(value) => escape_into(&value.render(), &mut self.out.0),
            None => return false,
        }
        true
    }

    /// `{{helper value name=value}}`
    fn said(&mut self, name: &str, expression: &HelperTemplate, this: &Value) -> bool {
        let (params, hash) = (expression.params.iter(), expression.hash.iter());
        let values = params.map(|value| known(value, this)).collect();
        let named = hash
            .map(|(name, value)| Some((name.as_str(), known(value, this)?)))
            .collect();
        let (Some(values), Some(named)) = (values, named) else {
            return false;
        };
        let (given, written) = (Given { values, named }, self.out.0.len());
        let said = self.helpers.write(name, &given, &mut self.out.0).is_ok();
        if !said {
            self.out.0.truncate(written);
        }
        said
    }

    /// `{{#if value}}`, `{{#unless value}}`, `{{#each value}}`
    fn block(&mut self, block: &'a HelperTemplate, this: &'a Value) -> Result<bool, RenderError> {
        let [given] = block.params.as_slice() else {
            return Ok(false);
        };
        if !block.hash.is_empty() || block.block_param.is_some() {
            return Ok(false);
        }
        let chosen = match block.name.as_name() {
            Some("if") => self.is_truthy(given, this)?,
            Some("unless") => !self.is_truthy(given, this)?,
            Some("each") => {
                let Some((Value::Array(list), below)) = below(given, this) else {
                    return Ok(false);
                };
                if !list.is_empty() {
                    self.list(block, list, below)?;
                    return Ok(true);
                }
                false
            }
            _ => return Ok(false),
        };
        let branch = if chosen {
            &block.template
        } else {
            &block.inverse
        };
        if let Some(branch) = branch {
            self.template(branch, this)?;
        }
        Ok(true)
    }

    fn is_truthy(&mut self, given: &'a Parameter, this: &Value) -> Result<bool, RenderError> {
        match given {
            Parameter::Path(path @ Path::Relative(_)) => {
                if let Some(value) = look_up(path, this) {
                    return Ok(value.is_truthy(false));
                }
            }
            Parameter::Path(Path::Local((0, name, _))) => {
                if let Some((index, length)) = self.around() {
                    match name.as_str() {
                        "first" => return Ok(index == 0),
                        "last" => return Ok(index + 1 == length),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        self.tell_places();
        let value = given.expand(self.registry, self.context, &mut self.state)?;
        Ok(value.value().is_truthy(false))
    }

    /// The element that is being worked on; in a part that which is around it.
    fn around(&self) -> Option<(usize, usize)> {
        self.places.iter().rev().find_map(|place| place.element)
    }

    fn list(
        &mut self,
        block: &'a HelperTemplate,
        list: &'a [Value],
        below: &'a [PathSeg],
    ) -> Result<(), RenderError> {
        let Some(template) = &block.template else {
            return Ok(());
        };
        let length = list.len();
        let element = Some((0, length));
        self.at(Place { below, element }, |writer| {
            for (index, item) in list.iter().enumerate() {
                if let Some(place) = writer.places.last_mut() {
                    place.element = Some((index, length));
                }
                if writer.told == writer.places.len() {
                    writer.tell_element(index, length);
                }
                writer.template(template, item)?;
            }
            Ok(())
        })
    }

    /// `{{> part value}}`, `{{> part}}`
    fn part(&mut self, tag: &'a DecoratorTemplate, this: &'a Value) -> Result<bool, RenderError> {
        let Parameter::Name(name) = &tag.name else {
            return Ok(false);
        };
        let own = self.state.get_partial(name).is_some() || self.state.is_current_template(name);
        let given = match tag.params.as_slice() {
            _ if own || !tag.hash.is_empty() || !self.parts.0.contains(name) => None,
            [] => Some((this, [].as_slice())),
            [given] => below(given, this),
            _ => None,
        };
        let (Some((value, below)), Some(part)) = (given, self.registry.get_template(name)) else {
            return Ok(false);
        };
        let caller = self.state.get_current_template_name();
        let element = None;
        self.at(Place { below, element }, |writer| {
            writer.template(part, value)
        })?;
        self.state.set_current_template_name(caller);
        Ok(true)
    }

    /// Writes what a place asks for.
    fn at(
        &mut self,
        place: Place<'a>,
        write: impl FnOnce(&mut Self) -> Result<(), RenderError>,
    ) -> Result<(), RenderError> {
        self.places.push(place);
        write(self)?;
        self.places.pop();
        if self.told > self.places.len() {
            self.state.pop_block();
            self.told = self.places.len();
        }
        Ok(())
    }

    /// Tells the engine the places that it does not know yet.
    fn tell_places(&mut self) {
        for place in self.told..self.places.len() {
            let Place { below, element } = self.places[place];
            let mut block = BlockContext::new();
            if let Some(around) = self.state.block() {
                let path = block.base_path_mut();
                path.clone_from(around.base_path());
                path.extend(below.iter().filter_map(name).map(str::to_owned));
                // `@index` and the like are those around the part.
                let variables = block.local_variables_mut();
                variables.clone_from(around.local_variables());
            }
            if element.is_some() {
                block.base_path_mut().push(String::new());
                *block.local_variables_mut() = LocalVars::default();
            }
            self.state.push_block(block);
            if let Some((index, length)) = element {
                self.tell_element(index, length);
            }
        }
        self.told = self.places.len();
    }

    fn tell_element(&mut self, index: usize, length: usize) {
        if let Some(block) = self.state.block_mut() {
            block.set_local_var("first", Value::from(index == 0));
            block.set_local_var("last", Value::from(index + 1 == length));
            block.set_local_var("index", Value::from(index));
            if let Some(last) = block.base_path_mut().last_mut() {
                *last = index.to_string();
            }
        }
    }
}

/// The value that a tag is given, where it lies below that which is being worked on, and its path
/// from there.
fn below<'a>(given: &'a Parameter, this: &'a Value) -> Option<(&'a Value, &'a [PathSeg])> {
    let Parameter::Path(path @ Path::Relative((segments, _))) = given else {
        return None;
    };
    Some((look_up(path, this)?, segments))
}

/// The value that is given to a helper, where it stands in the template or lies below another.
fn known<'v>(given: &'v Parameter, this: &'v Value) -> Option<&'v Value> {
    match given {
        Parameter::Path(path) => look_up(path, this),
        Parameter::Literal(value) => Some(value),
        _ => None,
    }
}

/// The value of a path below another: none where it leads elsewhere, or nowhere.
fn look_up<'v>(path: &Path, this: &'v Value) -> Option<&'v Value> {
    let Path::Relative((segments, _)) = path else {
        return None;
    };
    segments.iter().try_fold(this, |value, segment| {
        let members = value.as_object()?;
        name(segment).and_then(|name| members.get(name))
    })
}

/// The member that a step of a path leads to; none where it leads up.
fn name(segment: &PathSeg) -> Option<&str> {
    match segment {
        PathSeg::Named(name) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use std::sync::Arc;

    use super::*;
    use crate::report::html::engine::Files;
    use crate::report::html::helpers::escape;
    use crate::report::html::texts::Texts;

    /// What is written, or what is said to be wrong and where; the engine alone does the same.
    fn written(templates: &[(&str, &str)], view: &Value) -> Result<String, String> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.set_prevent_indent(true);
        registry.register_escape_fn(escape);
        let texts = Texts::parse(r#"{"n": {"one": "1<", "other": "{count}<"}, "w": {"a": "{b}"}}"#);
        let files = Arc::new(Files::default());
        let helpers = Helpers::register(&mut registry, texts.unwrap(), files);
        let mut parts = PlainParts::default();
        for (name, text) in templates {
            registry.register_template_string(name, text).unwrap();
            parts.add(name, text);
        }
        let said = |error: RenderError| {
            let (name, line) = (error.template_name.clone(), error.line_no);
            format!("{name:?} {line:?} {}", error.reason())
        };
        let context = Context::from(view.clone());
        let alone = registry.render_with_context("page", &context);
        let written = write(&registry, &helpers, &parts, "page", &context).map_err(said);
        assert_eq!(written, alone.map_err(said), "{templates:?} {view}");
        written
    }

    #[test]
    fn parts_in_parts_know_the_places_around_them() {
        let templates = [
            ("page", "{{#each list}}{{> outer this}}\n{{/each}}"),
            (
                "outer",
                "{{name}}:{{#each below}}{{> inner this}}{{/each}};",
            ),
            (
                "inner",
                "{{@index}}{{@../index}}{{../../name}}{{@root.title}}<{{this}}>{{#if @last}}.{{/if}}",
            ),
        ];
        let view = json!({"title": "T", "list": [{"name": "a&", "below": [1, "x<"]}]});
        assert_eq!(
            written(&templates, &view).unwrap(),
            "a&amp;:00a&amp;T<1>11a&amp;T<x&lt;>.;\n"
        );
    }

    #[test]
    fn a_part_is_written_with_nothing_too() {
        let templates = [
            (
                "page",
                "{{#each list}}{{> part this}}{{/each}}{{> part none}}{{> part}}",
            ),
            ("part", "[{{this}}{{#each this}}{{@key}}{{else}}-{{/each}}]"),
        ];
        let view = json!({"list": [null, 0, "", [], false, {}]});
        assert_eq!(
            written(&templates, &view).unwrap(),
            "[-][0-][-][[]-][false-][[object]-][-][[object]list]"
        );
    }

    #[test]
    fn a_part_may_call_itself_for_what_lies_below() {
        let templates = [
            ("page", "{{> tree tree}}"),
            ("tree", "{{name}}({{#each below}}{{> tree this}}{{/each}})"),
        ];
        let leaf = |name: &str| json!({"name": name, "below": []});
        let view = json!({"tree": {"name": "a", "below": [leaf("b"), leaf("c")]}});
        assert_eq!(written(&templates, &view).unwrap(), "a(b()c())");
        let itself = [("page", "{{> tree tree}}"), ("tree", "{{> tree this}}")];
        assert!(written(&itself, &view).is_err());
    }

    #[test]
    fn a_mistake_in_a_part_is_told_with_its_line() {
        let templates = [
            ("page", "a\nb\n{{#each list}}\n{{> part this}}\n{{/each}}"),
            ("part", "{{name}}\n{{#if name}}\n\n{{targett}}{{/if}}"),
        ];
        let view = json!({"list": [{"name": "a"}]});
        let said = written(&templates, &view).unwrap_err();
        assert!(
            said.starts_with("Some(\"part\") Some(4) ") && said.contains("targett"),
            "{said}"
        );
    }

    /// What templates are made of here, and what a house style may add.
    const SNIPPETS: [&str; 42] = [
        "a\n",
        "{{x}}",
        "{{this}}",
        "{{y}}",
        "{{x.y}}",
        "{{x.0}}",
        "{{nothing}}",
        "{{len}}",
        "{{len x}}",
        "{{@index}}",
        "{{../y}}",
        "{{@root.y}}",
        "{{#if x}}t{{y}}{{else}}f{{/if}}",
        "{{#if x}}t{{else if y}}{{y}}{{else}}f{{/if}}",
        "{{#if x includeZero=true}}t{{/if}}",
        "{{#if (eq x 1)}}{{x}}{{/if}}",
        "{{#if nothing}}t{{/if}}",
        "{{#unless x}}{{y}}{{/unless}}",
        "{{#each x}}{{#unless @first}}, {{/unless}}{{this}}{{@index}}{{else}}{{y}}{{/each}}",
        "{{#each x}}{{> inner this}}{{/each}}",
        "{{#each x}}{{> inner}}{{../y}}{{/each}}",
        "{{#each x as |v i|}}{{v}}{{i}}{{> inner v}}{{/each}}",
        "{{#with x}}{{> inner ../y}}{{/with}}",
        "{{number x}}",
        "{{glyph this}}",
        "{{md y}}",
        "{{t \"n\" count=x}}",
        "{{t \"w\" y b=nothing}}",
        "{{t \"w\" \"a\" b=@index}}",
        "{{say \"w.a\" b=(lookup this \"x\")}}",
        "{{#if (number x)}}t{{/if}}",
        "{{#each x}}{{> @index}}{{#*inline \"inner\"}}{{@index}}{{/inline}}{{> inner}}{{/each}}",
        "{{#each x}}{{#if @last}}{{@first}}.{{/if}}{{/each}}{{#if @first}}t{{/if}}",
        "{{> inner x}}",
        "{{> inner x.y}}",
        "{{> inner nothing}}",
        "{{> inner 3}}",
        "{{> inner (lookup this \"x\")}}",
        "{{> inner x y=1}}",
        "{{> missing}}",
        "{{#> framed x}}{{> inner this}}{{/framed}}",
        "{{#*inline \"inner\"}}own {{this}}{{/inline}}",
    ];

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..3).prop_map(Value::from),
            "[a<\u{202e}]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                (inner.clone(), inner).prop_map(|(x, y)| json!({"x": x, "y": y, "len": 1})),
            ]
        })
    }

    fn template() -> impl Strategy<Value = String> {
        let snippets = prop::collection::vec(prop::sample::select(&SNIPPETS[..]), 0..5);
        snippets.prop_map(|snippets| snippets.concat())
    }

    proptest! {
        #[test]
        fn the_engine_alone_writes_the_same(
            page in template(), outer in template(), x in value(), y in value(),
        ) {
            let page = format!("{page}{{{{> outer x}}}}{{{{#each x}}}}{{{{> outer this}}}}{{{{/each}}}}");
            let templates = [
                ("page", page.as_str()),
                ("outer", &outer),
                ("inner", "<{{#if this}}{{this}}{{/if}}{{@root.y}}>"),
                ("framed", "[{{> @partial-block}}{{#if this}}{{> inner this}}{{/if}}]"),
            ];
            let _ = written(&templates, &json!({"x": x, "y": y}));
        }
    }
}
