//! What a harness asks of its model and is answered, in its own protocol.
