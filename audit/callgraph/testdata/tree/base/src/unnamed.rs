//! Generic code that calls functions of types which come from its parameters.

use crate::Visit;
use std::future::Future;
use std::task::{Context, Poll, Waker};

pub trait Service {
    type Out: Visit;
    fn call(&self) -> Self::Out;
}
pub struct Handler<F>(pub F);
impl<F: Fn() -> R, R: Visit> Service for Handler<F> {
    type Out = R;
    fn call(&self) -> R {
        (self.0)()
    }
}
pub fn serve<S: Service>(s: S) {
    s.call().visit()
}

pub fn block_on<F: Future>(f: F)
where
    F::Output: Visit,
{
    let mut f = std::pin::pin!(f);
    let mut c = Context::from_waker(Waker::noop());
    if let Poll::Ready(out) = f.as_mut().poll(&mut c) {
        out.visit()
    }
}

pub trait Source {
    fn source() -> impl Visit;
}
pub fn from_source<S: Source>() {
    S::source().visit()
}

pub trait Fresh {
    fn fresh();
}
pub fn fresh<T: Fresh>() {
    T::fresh()
}
pub struct Guard<T: Fresh>(pub T);
impl<T: Fresh> Drop for Guard<T> {
    fn drop(&mut self) {
        T::fresh()
    }
}

pub struct Marked<T, M = DefaultMark>(pub T, pub M);
pub struct DefaultMark;
impl Fresh for DefaultMark {
    fn fresh() {
        yes_by_default_without_value()
    }
}
impl<T, M: Fresh> Marked<T, M> {
    pub fn go() {
        M::fresh()
    }
}
fn yes_by_default_without_value() {}

pub struct Original;
pub type Fault = Original;
pub type Renamed = Original;

pub trait Show {
    fn fmt(&self);
}
pub trait Make {
    type Out: Visit;
    fn make() -> Self::Out;
}

pub struct Sharded(pub u32);
type Shard = Sharded;
impl Shard {
    pub fn make() -> u32 {
        yes_in_block_of_alias()
    }
}
fn yes_in_block_of_alias() -> u32 {
    1
}

pub enum Choice {
    Taken(u32),
    Other,
}
pub fn choice() -> Choice {
    Choice::Taken(1)
}
