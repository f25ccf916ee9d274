//! An official kit's scripts, recognised by their shape and never executed.
//!
//! A test script is squeezed first: white space and comments go, strings are set apart. What is left is
//! read from left to right, one statement after the other. The first thing that is not the shape of
//! a statement ends the reading, with its line: nothing is guessed.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::statement::{Count, Join, Part, Path, Statement, Subject, Test, Variable};

/// Stands for a string in a squeezed script.
const STRING: char = '\u{e000}';

/// Blocks within blocks, and parts of a schema within parts, that are read at most.
const DEEPEST: usize = 64;

/// What is not understood in a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of its script: no statement that is known begins with `{text}`")]
pub struct Unreadable {
    /// The line in the script, from 1.
    pub line: usize,
    /// What stands there, without white space.
    pub text: String,
}

/// Reads a script.
///
/// # Errors
///
/// Names the line where something stands that no statement covers.
pub fn statements(script: &str) -> Result<Vec<Statement>, Unreadable> {
    let mut reader = Reader::squeeze(script);
    let read = reader.block(0);
    if reader.at < reader.text.len() {
        return Err(reader.unreadable());
    }
    Ok(read)
}

/// A squeezed script under way.
struct Reader {
    text: Vec<char>,
    lines: Vec<usize>,
    strings: HashMap<usize, String>,
    at: usize,
    /// The furthest place where a statement began that was not understood.
    stuck: usize,
}

impl Reader {
    fn squeeze(script: &str) -> Self {
        let mut reader = Self {
            text: Vec::new(),
            lines: Vec::new(),
            strings: HashMap::new(),
            at: 0,
            stuck: 0,
        };
        let mut line = 1;
        let mut rest = script.chars().peekable();
        while let Some(next) = rest.next() {
            match next {
                '\n' => line += 1,
                blank if blank.is_whitespace() => {}
                '/' if rest.peek() == Some(&'/') => {
                    while rest.next_if(|next| *next != '\n').is_some() {}
                }
                '/' if rest.peek() == Some(&'*') => {
                    rest.next();
                    let mut last = ' ';
                    for next in rest.by_ref() {
                        line += usize::from(next == '\n');
                        if last == '*' && next == '/' {
                            break;
                        }
                        last = next;
                    }
                }
                quote @ ('\'' | '"' | '`') => {
                    let mut string = String::new();
                    let begin = line;
                    while let Some(next) = rest.next() {
                        line += usize::from(next == '\n');
                        match next {
                            '\\' => string.extend(rest.next().map(escaped)),
                            end if end == quote => break,
                            other => string.push(other),
                        }
                    }
                    reader.strings.insert(reader.text.len(), string);
                    reader.text.push(STRING);
                    reader.lines.push(begin);
                }
                other => {
                    reader.text.push(other);
                    reader.lines.push(line);
                }
            }
        }
        reader
    }

    fn unreadable(&self) -> Unreadable {
        let at = self
            .stuck
            .max(self.at)
            .min(self.text.len().saturating_sub(1));
        let begin = self.text[at..].iter().take(60);
        Unreadable {
            line: self.lines.get(at).copied().unwrap_or(1),
            text: begin
                .map(|next| if *next == STRING { '\'' } else { *next })
                .collect(),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let end = self.at + wanted.chars().count();
        let there =
            end <= self.text.len() && wanted.chars().eq(self.text[self.at..end].iter().copied());
        if there {
            self.at = end;
        }
        there
    }

    fn need(&mut self, wanted: &str) -> Option<()> {
        self.eat(wanted).then_some(())
    }

    fn declare(&mut self) {
        let _ = ["var", "let", "const"].iter().any(|word| self.eat(word));
    }

    /// Reads something whole, or goes back to where it began.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let begin = self.at;
        let read = read(self);
        if read.is_none() {
            self.at = begin;
        }
        read
    }

    fn string(&mut self) -> Option<String> {
        let string = self.strings.get(&self.at)?.clone();
        self.at += 1;
        Some(string)
    }

    fn number(&mut self) -> Option<u64> {
        let begin = self.at;
        while self.peek().is_some_and(|next| next.is_ascii_digit()) {
            self.at += 1;
        }
        self.text[begin..self.at]
            .iter()
            .collect::<String>()
            .parse()
            .ok()
    }

    fn word(&mut self) -> Option<String> {
        let begin = self.at;
        while self
            .peek()
            .is_some_and(|next| next.is_alphanumeric() && next != STRING || "_$".contains(next))
        {
            self.at += 1;
        }
        (self.at > begin).then(|| self.text[begin..self.at].iter().collect())
    }

    /// The name of a test: strings and global variables, joined.
    fn name(&mut self) -> Option<()> {
        loop {
            if self.string().is_none() {
                self.need("pm.globals.get(")?;
                self.string()?;
                self.need(")")?;
            }
            if !self.eat("+") {
                return Some(());
            }
        }
    }

    fn attribute(&mut self) -> Option<Part> {
        if self.eat(".") {
            return self.word().map(Part::Name);
        }
        self.need("[")?;
        let part = match self.string() {
            Some(name) => Part::Name(name),
            None => Part::Index(usize::try_from(self.number()?).ok()?),
        };
        self.need("]")?;
        Some(part)
    }

    fn path(&mut self) -> Option<Path> {
        self.need("instance")?;
        let mut parts = vec![self.attribute()?];
        while let Some(part) = self.attempt(Self::attribute) {
            parts.push(part);
        }
        // A list as the instance has no attribute to begin with.
        matches!(parts[0], Part::Name(_)).then_some(Path(parts))
    }

    fn named(&mut self) -> Option<String> {
        match self.attribute()? {
            Part::Name(name) => Some(name),
            Part::Index(_) => None,
        }
    }

    fn list<T>(&mut self, mut element: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.need("[")?;
        let mut list = Vec::new();
        while !self.eat("]") {
            list.push(element(self)?);
            if !self.eat(",") {
                self.need("]")?;
                return Some(list);
            }
        }
        Some(list)
    }

    /// Skips to the brace that closes the one just read. What stands in between is of no matter, as
    /// long as it can neither go on for ever nor change what is sent.
    fn skip_block(&mut self) -> Option<()> {
        const NEVER: [&str; 6] = [
            "while(",
            "for(",
            "do{",
            ".sendRequest(",
            "NextRequest(",
            ".set(",
        ];
        let begin = self.at;
        self.skip_braces()?;
        let skipped: String = self.text[begin..self.at].iter().collect();
        (!NEVER.iter().any(|never| skipped.contains(never))).then_some(())
    }

    fn skip_braces(&mut self) -> Option<()> {
        let mut open = 1;
        while open > 0 {
            match self.peek()? {
                '{' => open += 1,
                '}' => open -= 1,
                _ => {}
            }
            self.at += 1;
        }
        Some(())
    }

    /// The statements up to a closing brace, to the end, or to what is not understood.
    fn block(&mut self, depth: usize) -> Vec<Statement> {
        let mut read = Vec::new();
        loop {
            while self.eat(";") {}
            if depth > DEEPEST || matches!(self.peek(), None | Some('}')) {
                return read;
            }
            let begin = self.at;
            match self.attempt(|reader| reader.statement(depth)) {
                Some(statements) => read.extend(statements),
                None => {
                    self.stuck = self.stuck.max(begin);
                    return read;
                }
            }
        }
    }

    fn braces(&mut self, depth: usize) -> Option<Vec<Statement>> {
        self.need("{")?;
        let block = self.block(depth + 1);
        self.need("}")?;
        Some(block)
    }

    fn statement(&mut self, depth: usize) -> Option<Vec<Statement>> {
        if let Some(schema) = self.attempt(|reader| reader.schema()) {
            return Some(vec![Statement::Schema { schema }]);
        }
        if self.attempt(|reader| reader.each_error()).is_some() {
            return Some(vec![Statement::Test(Test::Schema {
                of: Subject::Instance,
                each_error_fails: true,
            })]);
        }
        self.one(depth).map(|statement| vec![statement])
    }

    fn one(&mut self, depth: usize) -> Option<Statement> {
        if self.eat("pm.test(") {
            return self.test().map(Statement::Test);
        }
        if self.eat("jsonData.forEach(function(instance") {
            let _ = self.eat(",index");
            self.need(")")?;
            let for_each_instance = self.braces(depth)?;
            self.need(")")?;
            return Some(Statement::ForEach { for_each_instance });
        }
        if self.eat("pm.expect.fail(") {
            let _ = self.string();
            self.need(")")?;
            return Some(Statement::Fails { script_fails: true });
        }
        if self.eat("pm.globals.set(") {
            let set = self.string()?;
            self.need(",")?;
            let path = self.path()?;
            self.need(")")?;
            return Some(Statement::Set { set, path });
        }
        if self.eat("requiredAttributes.push(") {
            let also_required = self.string()?;
            self.need(")")?;
            return Some(Statement::AlsoRequired { also_required });
        }
        if self.eat("count+=1") || self.eat("count++") {
            return Some(Statement::Count {
                count: Count::OneMore,
            });
        }
        if self.eat("if(") {
            return self.condition(depth);
        }
        self.declare();
        if self.eat("jsonData=pm.response.json()") {
            return Some(Statement::Parse {
                parse: Variable::Data,
            });
        }
        if self.eat("instance=pm.response.json()") {
            return Some(Statement::Parse {
                parse: Variable::Instance,
            });
        }
        if self.eat("requiredAttributes=") {
            let required_attributes = self.list(Self::string)?;
            return Some(Statement::Required {
                required_attributes,
            });
        }
        self.need("count=0")?;
        Some(Statement::Count { count: Count::Zero })
    }

    /// What follows `if(`.
    fn condition(&mut self, depth: usize) -> Option<Statement> {
        if self.eat("Array.isArray(jsonData))") {
            let if_data_is_array = self.braces(depth)?;
            return (self.text.get(self.at..self.at + 5) != Some(&['e', 'l', 's', 'e', '{']))
                .then_some(Statement::IfArray { if_data_is_array });
        }
        if self.eat("Array.isArray(jsonData)&&(jsonData.length>0))")
            || self.eat("Array.isArray(jsonData)&&jsonData.length>0)")
        {
            let if_data_is_non_empty_array = self.braces(depth)?;
            let otherwise = if self.eat("else") {
                self.braces(depth)?
            } else {
                Vec::new()
            };
            return Some(Statement::IfNonEmptyArray {
                if_data_is_non_empty_array,
                otherwise,
            });
        }
        if self.eat("count==") {
            let if_count = self.number()?;
            self.need(")")?;
            let r#do = self.braces(depth)?;
            return Some(Statement::IfCount { if_count, r#do });
        }
        if self.eat("instance.id==pm.globals.get(") {
            let if_id_equals = self.string()?;
            self.need("))")?;
            let r#do = self.braces(depth)?;
            return Some(Statement::IfId { if_id_equals, r#do });
        }
        self.need("instance")?;
        let if_attribute = self.named()?;
        let present = self.eat("!==undefined");
        if !present {
            self.need("===undefined")?;
        }
        let join = if self.eat("&&") {
            Join::And
        } else {
            self.need("||")?;
            Join::Or
        };
        self.need("instance")?;
        if self.named()? != if_attribute {
            return None;
        }
        self.need("==")?;
        let loosely_equals = self.json(0)?;
        self.need(")")?;
        let r#do = self.braces(depth)?;
        Some(Statement::IfAttribute {
            if_attribute,
            present,
            join,
            loosely_equals,
            r#do,
        })
    }

    /// What follows `pm.test(`.
    fn test(&mut self) -> Option<Test> {
        self.name()?;
        if self.eat("),function(){") {
            self.skip_block()?;
            return Some(Test::WithoutFunction {});
        }
        self.need(",function(){")?;
        let test = self.assertion()?;
        while self.eat(";") {}
        self.need("})")?;
        Some(test)
    }

    fn assertion(&mut self) -> Option<Test> {
        let status = |reader: &mut Self| u16::try_from(reader.number()?).ok();
        if self.eat("pm.response.to.have.status(") {
            let one_of = vec![status(self)?];
            self.need(")")?;
            return Some(Test::Status { one_of });
        }
        if self.eat("pm.expect(pm.response.code).to.be.oneOf(") {
            let one_of = self.list(status)?;
            self.need(")")?;
            return Some(Test::Status { one_of });
        }
        if self.eat("pm.expect.fail(") {
            let _ = self.string();
            self.need(")")?;
            return Some(Test::Fail {});
        }
        if self.eat("console.log(") {
            self.name()?;
            self.need(")")?;
            return Some(Test::Pass {});
        }
        if self.eat("pm.expect(Object.keys(instance)).to.include.members(requiredAttributes)") {
            return Some(Test::KeysIncludeRequired {});
        }
        if self.eat("pm.expect(requiredAttributes).to.include.members(Object.keys(instance))") {
            return Some(Test::RequiredIncludeKeys {});
        }
        if self.eat("pm.expect(ajv.validate(schema,pm.response.json())).to.be.true") {
            return Some(Test::Schema {
                of: Subject::Response,
                each_error_fails: false,
            });
        }
        if self.eat("pm.expect(pm.response.text()).to.include(") {
            let path = self.path()?;
            self.need(")")?;
            return Some(Test::TextIncludes { path });
        }
        self.need("pm.expect(")?;
        let path = self.path()?;
        if self.eat(")==pm.globals.get(") {
            self.string()?;
            self.need(")")?;
            return Some(Test::Readable { path });
        }
        if self.eat(").to.be.a(") || self.eat(").to.be.an(") {
            let r#type = self.string()?;
            self.need(")")?;
            return Some(Test::Type { path, r#type });
        }
        self.need(").to.eql(")?;
        let value = self.string()?;
        self.need(")")?;
        let [Part::Name(attribute)] = path.0.as_slice() else {
            return None;
        };
        Some(Test::Equals {
            attribute: attribute.clone(),
            value,
        })
    }

    /// The making of a validator and its schema.
    fn schema(&mut self) -> Option<Json> {
        self.declare();
        self.need("Ajv=require(")?;
        self.string()?;
        self.need(")")?;
        self.between();
        self.need("ajv=newAjv({logger:console})")?;
        self.between();
        self.need("schema=")?;
        self.json(0)
    }

    fn between(&mut self) {
        let _ = self.eat(";") || self.eat(",");
        self.declare();
    }

    /// A validation of the instance that counts each error.
    fn each_error(&mut self) -> Option<()> {
        self.declare();
        self.need("validate=ajv.compile(schema)")?;
        self.between();
        self.need("valid=validate(instance)")?;
        while self.eat(";") {}
        self.need("if(!valid){")?;
        self.skip_block()?;
        while self.eat(";") {}
        self.need("pm.test(")?;
        self.name()?;
        self.need(",function(){")?;
        self.skip_block()?;
        self.need(")")
    }

    /// A literal.
    fn json(&mut self, depth: usize) -> Option<Json> {
        if depth > DEEPEST {
            return None;
        }
        match self.peek()? {
            STRING => self.string().map(Json::String),
            '[' => self.list(|reader| reader.json(depth + 1)).map(Json::Array),
            '{' => {
                self.at += 1;
                let mut object = Map::new();
                while !self.eat("}") {
                    let name = match self.string() {
                        Some(name) => name,
                        None => self.word()?,
                    };
                    self.need(":")?;
                    object.insert(name, self.json(depth + 1)?);
                    if !self.eat(",") {
                        self.need("}")?;
                        break;
                    }
                }
                Some(Json::Object(object))
            }
            _ => {
                let begin = self.at;
                while self
                    .peek()
                    .is_some_and(|next| next.is_ascii_alphanumeric() || "+-.".contains(next))
                {
                    self.at += 1;
                }
                let literal: String = self.text[begin..self.at].iter().collect();
                serde_json::from_str(&literal).ok()
            }
        }
    }

    // What follows reads start scripts.

    /// An attribute or an element: `.a`, `['a']`, `[0]`, or `[a]`, whose name is not known.
    fn step(&mut self) -> Option<Step> {
        if let Some(part) = self.attempt(Self::attribute) {
            return Some(Step::Known(part));
        }
        self.need("[")?;
        self.word()?;
        self.need("]")?;
        Some(Step::Variable)
    }

    fn steps(&mut self) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some(step) = self.attempt(Self::step) {
            steps.push(step);
        }
        steps
    }

    /// `if(a=='TEXT'){` or `if(a.b==='TEXT'){`.
    fn equality(&mut self) -> Option<String> {
        self.need("if(")?;
        self.word()?;
        self.steps();
        self.need("==")?;
        let _ = self.eat("=");
        let text = self.string()?;
        self.need("){")?;
        Some(text)
    }

    /// `config.url`, or a variable that holds it.
    fn url(&mut self) -> Option<()> {
        let variable = self.word()?;
        let steps = self.steps();
        let configured = matches!(steps.as_slice(), [url] if url.is("url"));
        (configured || steps.is_empty() && variable.to_lowercase().ends_with("url")).then_some(())
    }

    fn required(&mut self) -> Option<String> {
        self.need("require(")?;
        self.string()
    }

    /// What is assigned to, up to the sign.
    fn assigned(&mut self) -> Option<Vec<Step>> {
        let _ = self.word();
        let steps = self.steps();
        self.need("=")?;
        (!steps.is_empty() && self.peek() != Some('=')).then_some(steps)
    }

    /// `config.payloads[resource].POST.payload`, with the name of the resource where it is known.
    fn configured(&mut self) -> Option<Option<String>> {
        self.need("JSON.stringify(config")?;
        let steps = self.steps();
        self.need(")")?;
        match steps.as_slice() {
            [payloads, resource, post, payload]
                if payloads.is("payloads") && post.is("POST") && payload.is("payload") =>
            {
                match resource {
                    Step::Known(Part::Name(name)) => Some(Some(name.clone())),
                    _ => Some(None),
                }
            }
            _ => None,
        }
    }
}

/// What a backslash and a character stand for in a string.
fn escaped(character: char) -> char {
    match character {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        other => other,
    }
}

/// Whether nothing but blanks and comments stands in a script.
pub fn is_blank(script: &str) -> bool {
    Reader::squeeze(script).text.is_empty()
}

/// Where a request stands in a collection: its place in each list of items.
pub type Place = Vec<usize>;

/// What the script that starts the kit's runner changes in the collection.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct StartScript {
    /// The files that it reads.
    pub required: Vec<String>,
    /// The variable that it sets to the configured base URL.
    pub base: Option<String>,
    /// Whether it gives all requests the configured headers.
    pub headers: bool,
    /// For each resource the request that gets the configured payload.
    pub payloads: Vec<(String, Place)>,
    /// What else it changes, with the line.
    pub unread: Vec<String>,
}

/// One step of a path in a start script.
#[derive(Debug)]
enum Step {
    Known(Part),
    Variable,
}

impl Step {
    fn is(&self, name: &str) -> bool {
        matches!(self, Self::Known(Part::Name(known)) if known == name)
    }
}

/// Reads a start script: only what it changes in the collection matters.
pub fn start_script(script: &str) -> StartScript {
    let mut reader = Reader::squeeze(script);
    let mut read = StartScript::default();
    // The conditions around, each with the number of open braces that it is within.
    let mut conditions: Vec<(usize, String)> = Vec::new();
    let mut open = 0;
    while let Some(next) = reader.peek() {
        let before = reader.at.checked_sub(1).map(|at| reader.text[at]);
        let begins =
            before.is_none_or(|before| !(before.is_alphanumeric() || "_$.".contains(before)));
        if begins && let Some(text) = reader.attempt(Reader::equality) {
            open += 1;
            conditions.push((open, text));
            continue;
        }
        if begins && let Some(file) = reader.attempt(Reader::required) {
            read.required.push(file);
            continue;
        }
        let line = reader.lines[reader.at];
        if begins && let Some(steps) = reader.attempt(Reader::assigned) {
            let condition = conditions.last().map(|(_, text)| text.as_str());
            assignment(&mut reader, &mut read, &steps, condition, line);
            continue;
        }
        match next {
            '{' => open += 1,
            '}' => {
                conditions.retain(|(within, _)| *within < open);
                open = open.saturating_sub(1);
            }
            _ => {}
        }
        reader.at += 1;
    }
    read
}

/// What is assigned, where it is of the collection or of the environment.
fn assignment(
    reader: &mut Reader,
    read: &mut StartScript,
    steps: &[Step],
    condition: Option<&str>,
    line: usize,
) {
    if let [value] = steps
        && value.is("value")
        && reader.attempt(Reader::url).is_some()
    {
        read.base = condition.map(str::to_owned);
        return;
    }
    let Some(at) = steps.iter().position(|step| step.is("request")) else {
        return;
    };
    let (items, changed) = steps.split_at(at);
    if matches!(changed, [_, header] if header.is("header")) {
        read.headers = true;
        return;
    }
    let place = items
        .chunks(2)
        .map(|pair| match pair {
            [item, Step::Known(Part::Index(index))] if item.is("item") => Some(*index),
            _ => None,
        })
        .collect::<Option<_>>()
        .filter(|place: &Place| !place.is_empty());
    let is_body = matches!(changed, [_, body, raw] if body.is("body") && raw.is("raw"));
    let resource = reader
        .attempt(Reader::configured)
        .map(|resource| resource.or_else(|| condition.map(str::to_owned)));
    match (place, resource) {
        (Some(place), Some(Some(resource))) if is_body => read.payloads.push((resource, place)),
        _ => read.unread.push(format!(
            "line {line}: a change of a request that is not understood"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Each statement in its shape, and what it is read as.
    fn shapes() -> Vec<(&'static str, Json)> {
        vec![
            (
                "pm.test(\"it's // a name\", function () {\n pm.response.to.have.status(200); // why\n});",
                json!({"test": "status", "oneOf": [200]}),
            ),
            (
                "pm.test('x', function () { pm.expect(pm.response.code).to.be.oneOf([200, 201]) })",
                json!({"test": "status", "oneOf": [200, 201]}),
            ),
            (
                "let jsonData = pm.response.json();",
                json!({"parse": "data"}),
            ),
            (
                "var instance = pm.response.json();",
                json!({"parse": "instance"}),
            ),
            (
                "if (Array.isArray(jsonData)) { pm.test('x', function () { pm.expect.fail() }) }",
                json!({"ifDataIsArray": [{"test": "fail"}]}),
            ),
            (
                "if (Array.isArray(jsonData) && (jsonData.length > 0)) { jsonData.forEach(function \
                 (instance, index) { count += 1 }); } else { let count = 0; }",
                json!({
                    "ifDataIsNonEmptyArray": [{"forEachInstance": [{"count": "one more"}]}],
                    "else": [{"count": "zero"}]
                }),
            ),
            ("pm.expect.fail('x');", json!({"scriptFails": true})),
            (
                "var requiredAttributes = ['a', \"b\"];",
                json!({"requiredAttributes": ["a", "b"]}),
            ),
            (
                "requiredAttributes.push('c');",
                json!({"alsoRequired": "c"}),
            ),
            (
                "pm.test('x', function () { pm.expect(Object.keys(instance)).to.include.members(requiredAttributes) });",
                json!({"test": "keysIncludeRequired"}),
            ),
            (
                "pm.test('x', function () { pm.expect(requiredAttributes).to.include.members(Object.keys(instance)) });",
                json!({"test": "requiredIncludeKeys"}),
            ),
            (
                "pm.test('x', function () { pm.expect(instance['a'][0]['b']).to.be.an('array'); });",
                json!({"test": "type", "path": ["a", 0, "b"], "type": "array"}),
            ),
            (
                "pm.test('x', function () { pm.expect(pm.response.text()).to.include(instance['a']); });",
                json!({"test": "textIncludes", "path": ["a"]}),
            ),
            (
                "pm.globals.set('V', instance['a']);",
                json!({"set": "V", "path": ["a"]}),
            ),
            (
                "if (instance.id == pm.globals.get('V')) { pm.test('x is ' + pm.globals.get('V'), \
                 function () { pm.expect(instance['a']) == pm.globals.get('V'); }); }",
                json!({"ifIdEquals": "V", "do": [{"test": "readable", "path": ["a"]}]}),
            ),
            (
                "pm.test('x', function () { console.log('y') });",
                json!({"test": "pass"}),
            ),
            (
                "pm.test('x'), function () { pm.expect({a: 1}) };",
                json!({"test": "without function"}),
            ),
            (
                "pm.test('x', function () { pm.expect(instance.a).to.eql('v'); });",
                json!({"test": "equals", "attribute": "a", "value": "v"}),
            ),
            (
                "if (instance['a'] === undefined || instance['a'] == false) { }",
                json!({"ifAttribute": "a", "present": false, "join": "or", "looselyEquals": false, "do": []}),
            ),
            ("if (count == 1) { }", json!({"ifCount": 1, "do": []})),
            (
                "var Ajv = require('ajv'), ajv = new Ajv({logger: console}); var schema = {type: 'object', 'required': ['a']};",
                json!({"schema": {"type": "object", "required": ["a"]}}),
            ),
            (
                "pm.test('x', function () { pm.expect(ajv.validate(schema, pm.response.json())).to.be.true; });",
                json!({"test": "schema", "of": "response"}),
            ),
            (
                "var validate = ajv.compile(schema)\nvar valid = validate(instance);\nif (!valid) { \
                 validate.errors.forEach(function (e) { }) }\npm.test('x', function () { pm.expect(valid).to.be.true });",
                json!({"test": "schema", "of": "instance", "eachErrorFails": true}),
            ),
        ]
    }

    #[test]
    fn each_statement_is_known_by_its_shape() {
        let mut whole = String::new();
        let mut all = Vec::new();
        for (script, statement) in shapes() {
            let statement: Statement = serde_json::from_value(statement).expect("a statement");
            assert_eq!(
                statements(script).as_ref(),
                Ok(&vec![statement.clone()]),
                "{script}"
            );
            whole += script;
            whole.push('\n');
            all.push(statement);
        }
        assert_eq!(statements(&whole), Ok(all));
    }

    #[test]
    fn what_no_statement_covers_is_named_with_its_line() {
        for (script, line) in [
            ("while (true) { }", 1),
            (
                "let jsonData = pm.response.json();\n\nfor (let i = 0; i < 3; i++) { }",
                3,
            ),
            (
                "if (Array.isArray(jsonData)) {\n  pm.test('x', function () { eval('y') })\n}",
                2,
            ),
            ("pm.sendRequest('http://h')", 1),
            ("}", 1),
            ("'no end", 1),
            (
                "/* a\n comment */\nvar validate = ajv.compile(schema); var valid = validate(instance); \
                 if (!valid) { while (true) { } } pm.test('x', function () { pm.expect(valid) });",
                3,
            ),
        ] {
            assert_eq!(
                statements(script).map_err(|error| error.line),
                Err(line),
                "{script}"
            );
        }
    }

    #[test]
    fn a_start_script_tells_which_request_gets_which_payload() {
        let script = r#"
const fs = require('fs');
config = JSON.parse(fs.readFileSync('../config.json'))
var kit = require('./Site.testkit.json');
kit['item'].forEach(function (i, a) {
    i['item'].forEach(function (ii, b) { kit['item'][a]['item'][b]['request']['header'] = headers });
});
Object.keys(config['payloads']).forEach(resource => {
    if (!valid.valid) { process.exit(0) }
    if (resource == "Site") {
        kit['item'][0]['item'][2]['request']['body']['raw'] = JSON.stringify(config['payloads'][resource]['POST']['payload'])
    }
    if (resource === 'Area') { kit.item[3].item[0].request.body.raw = JSON.stringify(config.payloads[resource].POST.payload) }
    // if (resource == "Old") { kit['item'][1]['item'][0]['request']['body']['raw'] = JSON.stringify(config['payloads'][resource]['POST']['payload']) }
    kit['item'][5]['item'][0]['request']['url'] = 'http://elsewhere'
});
envJson.values.forEach(element => {
    if (element.key == "Geographic_Site") { element.value = config['url']; }
});
"#;
        let read = start_script(script);
        assert_eq!(read.required, ["fs", "./Site.testkit.json"]);
        assert_eq!(read.base.as_deref(), Some("Geographic_Site"));
        assert!(read.headers);
        assert_eq!(
            read.payloads,
            [
                ("Site".to_owned(), vec![0, 2]),
                ("Area".to_owned(), vec![3, 0])
            ]
        );
        assert_eq!(
            read.unread,
            ["line 15: a change of a request that is not understood"]
        );
    }
}
