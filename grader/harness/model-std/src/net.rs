//! `std::net` without its sockets: addresses are plain data.

pub use ::std::net::{AddrParseError, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
