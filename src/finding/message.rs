//! Sentences from facts.
