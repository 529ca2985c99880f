//! Any: values and messages, built from a fuzzer's bytes.

use arbitrary::{Arbitrary, Result, Unstructured};
use chaos_kitty_bus::{Exception, Message, Object, ObjectName, Request, Symbol, Value};

/// Whatever value or message the bytes of an input come to.
#[derive(Debug)]
pub struct Any<T>(pub T);

impl<'a> Arbitrary<'a> for Any<Value> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Any<Value>> {
        // Now and then a chain that reaches the bound of 64 and what is beyond it.
        let chain = if u.ratio(1, 8)? { u.int_in_range(58..=66)? } else { 0 };
        let innermost = value(u, 4)?;
        Ok(Any((0..chain).fold(innermost, |inner, _| Value::Array(vec![inner]))))
    }
}

impl<'a> Arbitrary<'a> for Any<Message> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Any<Message>> {
        let id = u.arbitrary()?;
        Ok(Any(match u.int_in_range(0..=7)? {
            0 => Message::Invoke { id, object: name(u)?, request: request(u)?, block: u.arbitrary()? },
            1 => Message::Return { id, result: any(u)? },
            2 => Message::Yield { id, arguments: some(u, any)? },
            3 => Message::Error { id, exception: exception(u)? },
            4 => Message::Next { id, result: any(u)? },
            5 => Message::Throw { id, tag: any(u)?, value: any(u)? },
            6 => Message::Close { id },
            _ => Message::Release { object: name(u)? },
        }))
    }
}

fn any(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(Any::arbitrary(u)?.0)
}

fn request(u: &mut Unstructured<'_>) -> Result<Request> {
    let options = some(u, |u| Ok((any(u)?, any(u)?)))?;
    Ok(Request { method: symbol(u)?, arguments: some(u, any)?, options })
}

/// A value that nests at most this deep.
fn value(u: &mut Unstructured<'_>, depth: u8) -> Result<Value> {
    let kinds = if depth == 0 { 11 } else { 13 };
    Ok(match u.int_in_range(0..=kinds)? {
        0 => Value::Nil,
        1 => Value::Bool(u.arbitrary()?),
        2 => Value::Int(u.arbitrary()?),
        3 => Value::Int(u.arbitrary::<i8>()?.into()),
        4 => Value::from(u.arbitrary::<u64>()?),
        5 => Value::Float(u.arbitrary()?),
        6 => Value::String(u.arbitrary()?),
        7 => Value::Binary(u.arbitrary()?),
        8 => Value::Symbol(symbol(u)?),
        9 => Value::Class(u.arbitrary()?),
        10 => Value::from(exception(u)?),
        11 if u.arbitrary()? => Object::Name(name(u)?).into(),
        11 => Object::Reference(name(u)?).into(),
        12 => Value::Array(some(u, |u| value(u, depth - 1))?),
        _ => Value::Map(some(u, |u| Ok((value(u, depth - 1)?, value(u, depth - 1)?)))?),
    })
}

fn symbol(u: &mut Unstructured<'_>) -> Result<Symbol> {
    Ok(u.arbitrary::<&str>()?.into())
}

fn name(u: &mut Unstructured<'_>) -> Result<ObjectName> {
    Ok(if u.arbitrary()? { ObjectName::Symbol(symbol(u)?) } else { ObjectName::Number(u.arbitrary()?) })
}

fn exception(u: &mut Unstructured<'_>) -> Result<Exception> {
    Ok(Exception { class: u.arbitrary()?, message: u.arbitrary()?, backtrace: u.arbitrary()? })
}

/// A few, as long as there are bytes.
fn some<'a, T>(
    u: &mut Unstructured<'a>,
    mut one: impl FnMut(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    while all.len() < 40 && u.arbitrary()? {
        all.push(one(u)?);
    }
    Ok(all)
}
