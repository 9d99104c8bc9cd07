//! The rules of patches. Ids are stable.

crate::rules! {
    /// A patch is a list of operations, and each has its parts.
    OPERATION = "patch-operation", Structure, Malformed, "the patch is not made as patches are";
    /// The path of an operation is understood.
    PATH = "patch-path", Invalid, Malformed, "the path of an operation is not understood or does not fit the resource";
    /// An operation is about one place that is there.
    PLACE = "patch-place", NotFound, Unprocessable, "an operation does not lead to one place of the resource";
    /// An operation changes an element as its definition allows.
    ELEMENT = "patch-element", Structure, Unprocessable, "an operation does not fit the definition of the element";
    /// A value fits its element.
    VALUE = "patch-value", Value, Unprocessable, "a value does not fit the element that it is for";
    /// A test of a JSON Patch finds what it expects.
    TEST = "patch-test", Conflict, Unprocessable, "a test of the patch failed";
    /// A patch has limits.
    LIMIT = "patch-limit", TooCostly, Unprocessable, "the patch asks for too much";
}
