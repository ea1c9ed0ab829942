//! Things of which only a part was loaded.

use crate::{Error, Result};

/// A field that is loaded only when somebody asks for it. One that was not loaded can be
/// taken neither for empty nor for null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked<T> {
    /// It was asked for.
    Loaded(T),
    /// Nobody asked for it.
    #[default]
    NotLoaded,
}

impl<T> Asked<T> {
    /// The value. Fails, as nobody's input, when it was not asked for.
    pub fn get(&self) -> Result<&T> {
        match self {
            Self::Loaded(value) => Ok(value),
            Self::NotLoaded => {
                let of = std::any::type_name::<T>();
                Err(Error::internal(format!("a field of type {of} is read that was not loaded")))
            }
        }
    }
}

impl<T> From<T> for Asked<T> {
    fn from(value: T) -> Self {
        Self::Loaded(value)
    }
}
