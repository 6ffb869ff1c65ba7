//! One of everything that a crate can declare, for decode_test.go.
//! It is documented and never run.
#![feature(negative_impls)]
#![allow(dead_code, unused, non_camel_case_types, uncommon_codepoints)]

use std::collections::HashMap;
use std::fmt::{Debug, Display};

/// Generics with bounds, defaults and const parameters.
pub mod generics {
    use super::*;

    #[derive(Clone)]
    pub struct Pair<A, B = Vec<A>> {
        pub first: A,
        second: B,
    }

    pub struct Grid<T: Copy + 'static, const W: usize, const H: usize = 4>(pub [[T; W]; H], pub(crate) bool);

    pub struct Borrowed<'a, 'b: 'a, T: ?Sized>
    where
        T: Display + 'b,
        for<'c> &'c T: Debug,
        Vec<&'b T>: Sized,
    {
        one: &'a T,
        two: &'b mut Pair<u8>,
    }

    pub struct Flag<const ON: bool, const C: char>;

    struct Uses {
        grid: Grid<u8, 3>,
        full: Grid<u8, { 1 + 2 }, 5>,
        flag: Flag<true, 'x'>,
        pair: Pair<u8, Pair<Box<str>>>,
    }
}

/// The forms of structs, enums and unions.
pub mod forms {
    pub struct Unit;
    pub struct Empty {}
    pub struct Nothing();
    pub struct Tuple(pub u8, (), pub(super) (u8,), super::private::Hidden);

    #[repr(C, align(16))]
    pub struct Aligned(u8);

    #[repr(transparent)]
    pub struct Through(*mut Through);

    #[repr(u8)]
    pub enum Numbered {
        Zero,
        Four = 2 + 2,
        Five,
        Last = 255,
    }

    #[repr(i64)]
    pub enum Signed {
        Low = -7,
        High = i64::MAX as isize as i64,
    }

    pub enum Mixed<T> {
        Unit,
        Tuple(T, Option<Box<Mixed<T>>>),
        Struct { left: T, right: std::rc::Rc<[T]> },
    }

    pub enum Never {}

    #[repr(C, packed(2))]
    pub struct Packed {
        a: u8,
        b: u32,
    }

    pub union Bits {
        pub int: u32,
        float: f32,
        kept: std::mem::ManuallyDrop<String>,
    }
}

mod private {
    pub(crate) struct Hidden {
        #[doc(hidden)]
        pub shy: u8,
    }

    #[doc(hidden)]
    pub struct Undocumented;

    pub mod deep {
        pub struct Deep;
        pub fn reach() -> Deep {
            struct InAFunction;
            Deep
        }
    }
}

/// How a type is spelled.
pub mod spelling {
    use super::*;

    pub trait Shape {
        type Area;
        type Of<'a, T>
        where
            Self: 'a;
        const SIDES: usize;
    }

    pub struct Pointers<'a> {
        shared: &'a u8,
        unique: &'a mut [u8],
        constant: *const u8,
        mutable: *mut *const str,
        object: &'a (dyn Debug + Send + 'a),
        boxed: Box<dyn for<'b> Fn(&'b str, u8) -> Result<(), String> + 'static>,
        nullable: Option<fn()>,
        function: unsafe extern "C" fn(*const u8, ...) -> i32,
        ranked: for<'b> fn(&'b u8) -> &'b u8,
        nested: fn(fn(u8) -> u8, (u8, char)) -> !,
        iterator: Box<dyn Iterator<Item = (String, u8)>>,
        map: HashMap<String, Vec<Option<[u8; 4]>>>,
        forever: &'static [&'static str; 2],
    }

    pub struct Projected<S: Shape + 'static, I: Iterator>
    where
        I::Item: Shape<Area = S::Area>,
    {
        area: S::Area,
        of: <S as Shape>::Of<'static, u8>,
        item: <I::Item as Shape>::Area,
    }

    pub fn opaque(x: impl Debug + ?Sized + Copy, y: &dyn Display) -> u8 {
        0
    }

    pub fn captures() -> impl Iterator<Item = u8> + use<> {
        std::iter::empty()
    }

    pub async fn later<'a>(s: &'a str, _: [u8; 3]) -> &'a str {
        s
    }

    pub unsafe extern "C" fn exported(n: usize) {}

    pub extern "system" fn called_back() {}

    pub const fn generic<T, const N: usize>(x: [T; N]) -> Option<T>
    where
        T: PartialEq<u8> + Clone,
    {
        None
    }

    unsafe extern "C" {
        pub fn malloc(n: usize) -> *mut u8;
        fn printf(format: *const u8, ...) -> i32;
        static mut ERRNO: i32;
    }
}

/// The forms of impl blocks.
pub mod impls {
    use super::forms::{Bits, Mixed, Unit};
    use super::generics::{Grid, Pair};
    use std::ops::{Deref, Index};

    pub unsafe trait Promise {
        fn required(&self) -> u8;
        fn provided(self)
        where
            Self: Sized,
        {
        }
    }

    impl Unit {
        pub const SIZE: usize = 0;
        pub fn new() -> Self {
            Unit
        }
        fn by_ref(&self, other: &Self) {}
        fn by_mut(&mut self) {}
        fn by_box(self: Box<Self>) {}
        fn by_rc(self: std::rc::Rc<Self>) -> Pair<Self>
        where
            Self: Sized,
        {
            loop {}
        }
    }

    unsafe impl Promise for Unit {
        fn required(&self) -> u8 {
            1
        }
    }

    unsafe impl<T: Promise + ?Sized> Promise for Box<T> {
        fn required(&self) -> u8 {
            2
        }
    }

    impl<A, B> Pair<A, B> {
        fn swap(self) -> Pair<B, A> {
            loop {}
        }
    }

    impl Pair<u8> {
        fn only_bytes(self) {}
    }

    impl<T> Iterator for Mixed<T>
    where
        T: Clone,
    {
        type Item = Option<T>;
        fn next(&mut self) -> Option<Self::Item> {
            None
        }
    }

    impl<T: Copy, const W: usize, const H: usize> Index<(usize, usize)> for Grid<T, W, H> {
        type Output = T;
        fn index(&self, at: (usize, usize)) -> &T {
            &self.0[at.1][at.0]
        }
    }

    impl Drop for Bits {
        fn drop(&mut self) {}
    }

    impl !Send for Unit {}
    unsafe impl Sync for Unit {}
    impl<T> !Sync for Mixed<T> {}

    impl PartialEq<[Unit]> for Unit {
        fn eq(&self, _: &[Unit]) -> bool {
            true
        }
    }

    impl From<Unit> for &'static str {
        fn from(_: Unit) -> Self {
            ""
        }
    }

    pub trait Local {
        fn local(&self) {}
    }
    impl Local for (u8, Unit) {}
    impl Local for [Unit; 2] {}
    impl Local for dyn Promise {}
    impl Local for fn(Unit) -> u8 {
        fn local(&self) {}
    }
}

/// Type aliases stay as they are.
pub mod aliases {
    pub type Bytes = Vec<u8>;
    pub type Fallible<T, E = Box<dyn std::error::Error + Send>> = Result<T, E>;
    pub type Rows<'a, const N: usize> = &'a [[Bytes; N]];
    pub struct Holds(Bytes, Fallible<u8>, Rows<'static, 2>);
}

pub static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
static mut GLOBAL: Option<&'static str> = None;
thread_local!(static PER_THREAD: std::cell::Cell<u8> = std::cell::Cell::new(0));

/// Re-exports: by name, under another name, by glob, of a module, in a circle, of other crates.
pub mod exports {
    pub use crate::forms::Tuple;
    pub use crate::forms::Unit as Renamed;
    pub use crate::generics::*;
    pub use crate::forms as kinds;
    pub use crate::spelling::generic as function;
    pub use std::collections::BTreeMap as Tree;
    pub use std::sync as locks;
    pub use std::sync::atomic::*;
    pub mod circle {
        pub use super::*;
        pub struct Inner;
    }
    /// Stands before what the glob brings.
    pub struct Grid;
}
pub use exports::{Renamed as Twice, circle::Inner};
pub use private::deep::{Deep, reach};

/// A module and a function of one name; a glob of another crate behind a glob.
pub mod same {
    pub use std::path::Path as Way;
    pub use std::rc::*;
    pub fn same() {}
}
pub use same::same;
pub mod chain {
    pub use super::same::*;
}

/* Ünïcødé → 漢字 🦀 */ pub struct Größe { /* 🦀🦀 */ pub höhe: u8, r#type: Vec<Größe> }
/* é */ impl Größe { /* ß */ pub fn größer(&self, _ä: char) -> bool { true } }
pub mod r#mod { pub struct r#Raw; pub fn r#match() {} }

macro_rules! make {
    ($name:ident) => {
        pub struct $name {
            made: u8,
        }
        impl Default for $name {
            fn default() -> Self {
                $name { made: 0 }
            }
        }
    };
}
make!(Expanded);

/// Supertraits on both sides, and a bound that is none.
pub trait Above<T>: Clone + 'static
where
    Self: Sync,
    T: Copy,
{
    type Kind: Copy + Send;
}
