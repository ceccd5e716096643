//! What every backend promises, kept by an engine that others wrote; and engines that keep nothing.

mod forms;
mod gateway;
mod hostile;
