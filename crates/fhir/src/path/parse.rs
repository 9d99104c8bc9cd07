//! Makes an expression of a path's words: chains by descent, operators by how strongly they bind.
//! Source: FHIRPath 2.0, "Formal Specifications", grammar.

use super::error::{Stop, shown};
use super::expression::{
    Expression, Function, Operator, Start, Step, TYPED_STRENGTH, TextQuestion, TypeName, TypeQuestion,
};
use super::lex::lex;
use super::token::{TokenKind, Words};
use super::{LENGTH_MAX, NESTING_MAX, OPERATORS_MAX};

const NO_SUMS: &str = "a path does not calculate: write the result";

/// Units that follow a number without quotes.
const UNITS: &[&str] = &["year", "month", "week", "day", "hour", "minute", "second", "millisecond"];

/// Types of values that are no elements.
const SYSTEM_TYPES: &[&str] = &["Boolean", "String", "Integer", "Long", "Decimal", "Date", "DateTime", "Time"];

/// Understands a path.
pub(super) fn parse(text: &str) -> Result<Expression, Stop> {
    if text.len() > LENGTH_MAX {
        return Err(Stop::too_costly(0, format!("the path is longer than {LENGTH_MAX} bytes")));
    }
    let mut parser = Parser { words: Words::new(lex(text)?), nesting: 0, operators: 0 };
    let expression = parser.expression(0)?;
    match parser.words.peek() {
        TokenKind::End => Ok(expression),
        _ => Err(parser.words.stop("an operator or the end of the path was expected")),
    }
}

struct Parser {
    words: Words,
    nesting: usize,
    operators: usize,
}

impl Parser {
    /// An expression whose operators bind at least as strongly as asked.
    fn expression(&mut self, strength: u8) -> Result<Expression, Stop> {
        let mut left = self.chain()?;
        loop {
            let at = self.words.at();
            let Some(infix) = self.infix()?.filter(|infix| infix.strength() >= strength) else {
                return Ok(left);
            };
            self.words.skip();
            self.operators += 1;
            if self.operators > OPERATORS_MAX {
                return Err(Stop::too_costly(at, format!("the path has more than {OPERATORS_MAX} operators")));
            }
            left = match infix {
                Infix::Typed(question) => Expression::Typed { question, left: Box::new(left), of: self.type_name()? },
                Infix::Between(operator) => {
                    let right = self.expression(operator.strength() + 1)?;
                    Expression::Binary { operator, at, left: Box::new(left), right: Box::new(right) }
                }
            };
        }
    }

    fn infix(&self) -> Result<Option<Infix>, Stop> {
        let word = match self.words.peek() {
            TokenKind::Name(name) => name.as_str(),
            TokenKind::Symbol(symbol) => symbol,
            _ => return Ok(None),
        };
        match word {
            "is" => Ok(Some(Infix::Typed(TypeQuestion::Is))),
            "as" => Ok(Some(Infix::Typed(TypeQuestion::As))),
            "+" | "-" | "*" | "/" | "&" | "div" | "mod" => Err(Stop::unsupported(self.words.at(), NO_SUMS)),
            "in" | "contains" => Err(Stop::unsupported(
                self.words.at(),
                "in and contains are not supported: use = and or, or where(…).exists()",
            )),
            _ => Ok(Operator::of(word).map(Infix::Between)),
        }
    }

    fn chain(&mut self) -> Result<Expression, Stop> {
        // a function that nothing stands before is asked of $this
        let (start, mut steps) =
            if self.words.is_call() { (Start::This, vec![self.named()?]) } else { (self.start()?, Vec::new()) };
        loop {
            if self.words.take(".") {
                steps.push(self.named()?);
            } else if self.words.take("[") {
                steps.push(Step::Index(self.words.index()?));
                self.words.expect("]")?;
            } else {
                return Ok(Expression::Chain { start, steps });
            }
        }
    }

    fn start(&mut self) -> Result<Start, Stop> {
        let at = self.words.at();
        let start = match self.words.peek().clone() {
            TokenKind::Name(name) if name == "true" || name == "false" => Start::Boolean(name == "true"),
            TokenKind::Name(name) | TokenKind::Quoted(name) => Start::Name { name, at },
            TokenKind::Text(text) => Start::Text(text),
            TokenKind::Number(number) => return self.number(number),
            TokenKind::This => Start::This,
            TokenKind::Symbol("-") => return self.negative(),
            TokenKind::Symbol("+") => return Err(Stop::unsupported(at, NO_SUMS)),
            TokenKind::Symbol("{") => {
                self.words.skip();
                return self.words.expect("}").map(|()| Start::Nothing);
            }
            TokenKind::Symbol("(") => {
                self.words.skip();
                let inner = self.nested()?;
                return self.words.expect(")").map(|()| Start::Group(Box::new(inner)));
            }
            TokenKind::Symbol(_) | TokenKind::End => {
                return Err(self.words.stop("the name of an element, a text, a number or a parenthesis was expected"));
            }
        };
        self.words.skip();
        Ok(start)
    }

    fn negative(&mut self) -> Result<Start, Stop> {
        let at = self.words.at();
        self.words.skip();
        match self.words.peek().clone() {
            TokenKind::Number(number) => self.number(format!("-{number}")),
            _ => Err(Stop::unsupported(at, NO_SUMS)),
        }
    }

    fn number(&mut self, number: String) -> Result<Start, Stop> {
        self.words.skip();
        let has_unit = match self.words.peek() {
            TokenKind::Text(_) => true,
            TokenKind::Name(name) => UNITS.contains(&name.trim_end_matches('s')),
            _ => false,
        };
        if has_unit {
            let words = "numbers have no units here: compare value and code of the quantity, each for itself";
            return Err(Stop::unsupported(self.words.at(), words));
        }
        Ok(Start::Number(number))
    }

    /// An expression within parentheses or a function.
    fn nested(&mut self) -> Result<Expression, Stop> {
        self.nesting += 1;
        if self.nesting > NESTING_MAX {
            return Err(Stop::too_costly(
                self.words.at(),
                format!("the path is nested more than {NESTING_MAX} levels deep"),
            ));
        }
        let inner = self.expression(0)?;
        self.nesting -= 1;
        Ok(inner)
    }

    /// What follows a dot: an element or a function.
    fn named(&mut self) -> Result<Step, Stop> {
        let (is_call, at) = (self.words.is_call(), self.words.at());
        let name = match self.words.peek().clone() {
            TokenKind::Name(name) | TokenKind::Quoted(name) => name,
            _ => return Err(self.words.stop("the name of an element or function was expected after the dot")),
        };
        self.words.skip();
        if !is_call {
            return Ok(Step::Member { name, at });
        }
        self.words.skip();
        let function = self.function(&name, at)?;
        self.words.expect(")")?;
        Ok(Step::Call { function, at })
    }

    fn function(&mut self, name: &str, at: usize) -> Result<Function, Stop> {
        Ok(match name {
            "where" => Function::Where(self.nested()?),
            "exists" if *self.words.peek() == TokenKind::Symbol(")") => Function::Exists(None),
            "exists" => Function::Exists(Some(self.nested()?)),
            "empty" => Function::Empty,
            "not" => Function::Not,
            "first" => Function::First,
            "last" => Function::Last,
            "single" => Function::Single,
            "tail" => Function::Tail,
            "hasValue" => Function::HasValue,
            "ofType" => Function::OfType(self.type_name()?),
            "as" => Function::As(self.type_name()?),
            "is" => Function::Is(self.type_name()?),
            "extension" => Function::Extension(self.text()?),
            "startsWith" => Function::Text(TextQuestion::StartsWith, self.text()?),
            "endsWith" => Function::Text(TextQuestion::EndsWith, self.text()?),
            "contains" => Function::Text(TextQuestion::Contains, self.text()?),
            "resolve" => {
                return Err(Stop::unsupported(at, "a path stays within one resource: resolve() leads out of it"));
            }
            _ => {
                let words = format!(
                    "the function {} is not supported; there are where, exists, empty, not, first, last, single, tail, \
                     ofType, as, is, extension, startsWith, endsWith, contains and hasValue",
                    shown(name)
                );
                return Err(Stop::unsupported(at, words));
            }
        })
    }

    fn text(&mut self) -> Result<String, Stop> {
        let TokenKind::Text(text) = self.words.peek().clone() else {
            let words = "the argument of this function has to be a text between single quotes";
            return Err(Stop::unsupported(self.words.at(), words));
        };
        self.words.skip();
        Ok(text)
    }

    fn type_name(&mut self) -> Result<TypeName, Stop> {
        let of = self.type_word()?;
        match of.name.as_str() {
            "FHIR" if self.words.take(".") => self.type_word(),
            name if name == "System" || SYSTEM_TYPES.contains(&name) => {
                Err(Stop::unsupported(of.at, "types of System are not supported: elements have types of FHIR"))
            }
            _ => Ok(of),
        }
    }

    fn type_word(&mut self) -> Result<TypeName, Stop> {
        let at = self.words.at();
        match self.words.peek().clone() {
            TokenKind::Name(name) | TokenKind::Quoted(name) => {
                self.words.skip();
                Ok(TypeName { name, at })
            }
            _ => Err(self.words.stop("the name of a type was expected, such as Quantity")),
        }
    }
}

/// What can follow a chain.
#[derive(Clone, Copy)]
enum Infix {
    Between(Operator),
    Typed(TypeQuestion),
}

impl Infix {
    fn strength(self) -> u8 {
        match self {
            Infix::Between(operator) => operator.strength(),
            Infix::Typed(_) => TYPED_STRENGTH,
        }
    }
}
