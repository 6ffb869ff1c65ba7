// A generic conversion takes a value as any call does: no ownership leaves.
pub fn name(text: impl Into<String>) -> String {
    text.into()
}

pub fn boxed<E: Into<Box<dyn std::error::Error>>>(error: E) -> Box<dyn std::error::Error> {
    error.into()
}

pub struct Raw(*mut String);

impl From<Box<String>> for Raw {
    fn from(text: Box<String>) -> Raw {
        Raw(Box::into_raw(text))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(self.0) });
    }
}

pub fn keep(text: Box<String>) -> Raw {
    text.into()
}
