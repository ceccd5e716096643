//! What an operation is: Service, Access, Pending, Ready, Call, Fault; sealed tokens.
