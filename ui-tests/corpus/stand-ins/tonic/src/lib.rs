//! Stands in for `tonic`.

pub mod transport {
    pub struct Channel;

    impl Channel {
        pub fn from_static(_url: &'static str) -> Self {
            Self
        }
    }
}
