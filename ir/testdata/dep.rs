//! What `top.rs` calls in another crate.
pub struct Root;

impl Root {
    pub fn make() -> Root {
        Root
    }
}

pub fn free() {}

pub mod m {
    pub trait Tr {
        fn stat();
        fn default_body(&self) {}
    }

    #[derive(Default, Clone)]
    pub struct Node<T>(pub T);

    impl<T> Node<T>
    where
        T: Clone,
    {
        pub fn new(t: &T) -> Node<T> {
            Node(t.clone())
        }
    }

    impl<T> Node<T> {
        pub fn get(&self) -> &T {
            &self.0
        }
    }

    impl<T> Tr for Node<T> {
        fn stat() {}
    }

    impl<T> Drop for Node<T> {
        fn drop(&mut self) {}
    }
}
