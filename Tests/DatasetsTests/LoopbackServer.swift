import Foundation

/// A web server on 127.0.0.1 that answers as a test tells it to.
final class LoopbackServer: Sendable {
  struct Request: Sendable {
    var path: String
    /// The byte that the client asked to start from.
    var offset: Int?
  }

  /// What the server sends, which may differ from what it announces.
  struct Reply: Sendable {
    var status = 200
    var content: [UInt8] = []
    /// The length in the header; absent: that of the content.
    var announced: Int?
    /// The first byte's position, for a partial reply.
    var offset: Int?
    /// Keep the connection open and send nothing more.
    var stalls = false
  }

  let port: UInt16
  private let listener: Int32
  private let answer: @Sendable (Request) -> Reply

  var url: String { "http://127.0.0.1:\(port)" }

  init(answer: @escaping @Sendable (Request) -> Reply) throws {
    // A proxy of the machine's must not come between.
    setenv("no_proxy", "127.0.0.1", 1)
    self.answer = answer
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, size) == 0 && listen(socket, 16) == 0 && getsockname(socket, $0, &size) == 0
      }
    }
    guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
    listener = socket
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread {
      while case let connection = accept(socket, nil, nil), connection >= 0 {
        Thread.detachNewThread { Self.serve(connection, answer) }
      }
      close(socket)
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
  }

  private static func serve(_ connection: Int32, _ answer: (Request) -> Reply) {
    defer { close(connection) }
    var head = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !head.contains("\r\n\r\n") {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return }
      head += String(decoding: buffer[..<count], as: UTF8.self)
    }
    let lines = head.components(separatedBy: "\r\n")
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
    let reply = answer(
      Request(
        path: lines[0].components(separatedBy: " ")[1],
        offset: range.flatMap { Int($0.dropFirst("range: bytes=".count).dropLast()) }))
    let length = reply.announced ?? reply.content.count
    var header = "HTTP/1.1 \(reply.status) Test\r\nContent-Length: \(length)\r\nConnection: close\r\n"
    if let offset = reply.offset {
      header += "Content-Range: bytes \(offset)-\(offset + length - 1)/\(offset + length)\r\n"
    }
    send(Array((header + "\r\n").utf8), to: connection)
    send(reply.content, to: connection)
    if reply.stalls {
      // Until the client gives up.
      _ = recv(connection, &buffer, buffer.count, 0)
    }
  }

  private static func send(_ bytes: [UInt8], to connection: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest.removeFirst(count)
    }
  }
}

/// A value that the server's threads and the test share.
final class Shared<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func with<Result>(_ body: (inout Value) -> Result) -> Result {
    lock.withLock { body(&value) }
  }
}
