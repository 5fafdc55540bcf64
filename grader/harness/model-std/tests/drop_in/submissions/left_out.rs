//! Each of these would block behind the scheduler's back.

pub use std::io::pipe;
pub use std::net::TcpStream;
pub use std::net::UdpSocket;
pub use std::os::unix::net::UnixStream;
pub use std::os::unix::thread::JoinHandleExt;
pub use std::process::Command;
