//! Holds nothing: its dependencies are what is measured.
