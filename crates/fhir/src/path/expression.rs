//! What a path says, taken apart.

/// A path or a part of one.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    /// Something, and what is asked of it step by step.
    Chain { start: Start, steps: Vec<Step> },
    /// Two expressions and what stands between them.
    Binary { operator: Operator, at: usize, left: Box<Expression>, right: Box<Expression> },
    /// `x is Type`, `x as Type`.
    Typed { question: TypeQuestion, left: Box<Expression>, of: TypeName },
}

/// What a chain begins with.
#[derive(Clone, Debug)]
pub(super) enum Start {
    /// `$this`, or nothing before a function.
    This,
    /// An element of what is at hand, or its type.
    Name {
        name: String,
        at: usize,
    },
    Text(String),
    Number(String),
    Boolean(bool),
    /// `{}`.
    Nothing,
    Group(Box<Expression>),
}

/// What is asked of all that was found so far.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Member { name: String, at: usize },
    Index(usize),
    Call { function: Function, at: usize },
}

/// A function with its arguments.
#[derive(Clone, Debug)]
pub(super) enum Function {
    Where(Expression),
    Exists(Option<Expression>),
    Empty,
    Not,
    First,
    Last,
    Single,
    Tail,
    HasValue,
    OfType(TypeName),
    As(TypeName),
    Is(TypeName),
    /// With the address of the extensions.
    Extension(String),
    Text(TextQuestion, String),
}

/// What can be asked of a text.
#[derive(Clone, Copy, Debug)]
pub(super) enum TextQuestion {
    StartsWith,
    EndsWith,
    Contains,
}

/// What can be asked of a type.
#[derive(Clone, Copy, Debug)]
pub(super) enum TypeQuestion {
    Is,
    As,
}

/// A type by its name, without `FHIR.` before it.
#[derive(Clone, Debug)]
pub(super) struct TypeName {
    pub(super) name: String,
    pub(super) at: usize,
}

/// What stands between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Implies,
    Or,
    Xor,
    And,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Union,
}

impl Operator {
    /// How strongly it binds. Source: FHIRPath 2.0, "Operator Precedence", the other way round.
    pub(super) fn strength(self) -> u8 {
        match self {
            Operator::Implies => 1,
            Operator::Or | Operator::Xor => 2,
            Operator::And => 3,
            Operator::Equal | Operator::NotEqual | Operator::Equivalent | Operator::NotEquivalent => 4,
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => 5,
            Operator::Union => 6,
        }
    }

    /// The operator that a word or symbol stands for.
    pub(super) fn of(word: &str) -> Option<Operator> {
        Some(match word {
            "implies" => Operator::Implies,
            "or" => Operator::Or,
            "xor" => Operator::Xor,
            "and" => Operator::And,
            "=" => Operator::Equal,
            "!=" => Operator::NotEqual,
            "~" => Operator::Equivalent,
            "!~" => Operator::NotEquivalent,
            "<" => Operator::Less,
            "<=" => Operator::LessOrEqual,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterOrEqual,
            "|" => Operator::Union,
            _ => return None,
        })
    }
}

/// How strongly `is` and `as` bind: more than all operators between two expressions.
pub(super) const TYPED_STRENGTH: u8 = 7;
