//! Into a Value from what Rust has.

use crate::{Controller, Exception, Object, Proxy, Symbol, Value};
use std::sync::Arc;

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Value {
        Value::Int(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Value {
        Value::Int(value.into())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Value {
        i64::try_from(value).map_or(Value::UInt(value), Value::Int)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Value {
        Value::from(value as u64)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::String(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::String(value)
    }
}

impl From<Symbol> for Value {
    fn from(value: Symbol) -> Value {
        Value::Symbol(value)
    }
}

impl<V: Into<Value>> From<Vec<V>> for Value {
    fn from(values: Vec<V>) -> Value {
        Value::Array(values.into_iter().map(Into::into).collect())
    }
}

impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Value {
        value.map_or(Value::Nil, Into::into)
    }
}

impl From<Exception> for Value {
    fn from(exception: Exception) -> Value {
        Value::Exception(Box::new(exception))
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        Value::Object(object)
    }
}

impl From<Proxy> for Value {
    fn from(proxy: Proxy) -> Value {
        Value::Object(Object::Proxy(proxy))
    }
}

impl From<Arc<dyn Controller>> for Value {
    fn from(controller: Arc<dyn Controller>) -> Value {
        Value::Object(Object::Controller(controller))
    }
}
