//! The schemas that the program carries.
