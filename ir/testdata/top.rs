//! Calls of every form, and next to each what it must lead to: `//=` and the
//! readable name of the function, or `none`. `calls` is compared with that.
#![allow(dead_code)]
use dep::m::{Node as Far, Tr};

pub trait Own {
    fn own();
    fn own_body(&self) {}
}

pub struct Plain;

impl Plain {
    fn make() -> Plain {
        Plain
    }
}

pub mod m {
    use super::Plain as Other;

    pub struct Node<T>(pub T);

    impl<T> Node<T>
    where
        T: Clone,
    {
        pub fn new(t: &T) -> Self {
            Node(t.clone())
        }
    }

    pub struct Unit;

    impl Unit {
        pub fn make() {}
    }

    impl Default for Unit {
        fn default() -> Self {
            Unit
        }
    }

    impl From<u8> for Unit {
        fn from(_: u8) -> Unit {
            Unit
        }
    }

    impl From<u16> for Unit {
        fn from(_: u16) -> Unit {
            Unit
        }
    }

    impl From<u8> for Other {
        fn from(_: u8) -> Other {
            Other
        }
    }

    impl super::Tr for Unit {
        fn stat() {}
    }

    impl<X> super::Own for Vec<X> {
        fn own() {}
    }

    impl<X> super::Own for Option<X> {
        fn own() {}
        fn own_body(&self) {}
    }

    impl super::Own for &str {
        fn own() {}
    }

    impl super::Own for u8 {
        fn own() {}
    }

    #[derive(Default, Clone)]
    pub struct Derived(u8);

    pub mod inner {
        impl super::Unit {
            pub fn up() {}
        }

        impl crate::m::Node<u8> {
            pub fn byte() {}
        }

        impl crate::Plain {
            pub fn ref_to(&self) {}
        }
    }

    impl From<Unit> for Vec<u8> {
        fn from(_: Unit) -> Vec<u8> {
            Vec::new()
        }
    }

    impl std::ops::Index<Unit> for [Unit] {
        type Output = Unit;
        fn index(&self, _: Unit) -> &Unit {
            &self[0]
        }
    }

    const _: () = {
        impl Unit {
            pub fn in_const() {}
        }
    };

    impl Drop for Unit {
        fn drop(&mut self) {}
    }
}

fn generic<T: Tr>(t: T, f: fn(u8), g: impl Fn()) {
    T::stat(); //= none
    t.default_body(); //= none
    f(1); //= none
    g(); //= none
}

mod str {
    pub fn len() {}
}

fn calls() {
    struct Local;
    impl Local {
        fn make() {}
    }
    Local::make(); //= Local::make
    Plain::make(); //= Plain::make
    m::Node::new(&1); //= Node<T>::new
    m::Unit::make(); //= Unit::make
    m::Unit::default(); //= <Unit as Default>::default
    m::Unit::from(1u8); //= none
    Plain::from(1u8); //= <Plain as From<u8>>::from
    m::Unit::stat(); //= <Unit as Tr>::stat
    Vec::<u8>::own(); //= none
    Option::<u8>::own(); //= <Option<X> as Own>::own
    <&str>::own(); //= <&str as Own>::own
    "".own_body(); //= none
    u8::own(); //= <u8 as Own>::own
    m::Derived::default(); //= <Derived as Default>::default
    m::Derived::clone(&m::Derived::default()); //= <Derived as Default>::default //= <Derived as Clone>::clone
    m::Unit::up(); //= super::Unit::up
    m::Node::<u8>::byte(); //= crate::m::Node<u8>::byte
    Plain.ref_to(); //= Plain::ref_to
    m::Unit::in_const(); //= Unit::in_const
    Vec::from(m::Unit); //= <Vec<u8> as From<Unit>>::from
    Vec::from("std's"); //= none
    let units = [m::Unit];
    &units[..][m::Unit]; //= none //= <[m::Unit] as Index<Unit>>::index
    "é".len(); //= none
    str::len(); //= str::len
    generic(Far(1), |_| (), || ()); //= generic
    dep::free(); //= free
    dep::Root::make(); //= Root::make
    Far::new(&1).get(); //= Node<T>::new //= Node<T>::get
    Far::<u8>::default(); //= <Node<T> as Default>::default
    Far(1).clone(); //= <Node<T> as Clone>::clone
    Far::<u8>::stat(); //= <Node<T> as Tr>::stat
    Far(1).default_body(); //= none
    (|| ())(); //= none
}
