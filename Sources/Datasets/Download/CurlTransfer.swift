import Foundation

/// One HTTP request made by the `curl` program, its content passed on as it comes.
///
/// Not `FoundationNetworking`: it does not link into a binary that carries the Swift library itself. The content comes
/// through a pipe, so that curl ends soon after this program does, however it ends.
struct CurlTransfer {
  /// How a request ended.
  enum Outcome: Equatable {
    case complete
    /// The server cannot go on at the offset asked for.
    case cannotResume
    /// Worth another try: the connection broke, stalled, or the server is busy.
    case interrupted(String)
    /// This address will not work.
    case refused(String)
  }

  var program: String
  var url: String
  /// How long, in seconds, a server may take to accept a connection or to send nothing.
  var timeout: Int

  /// The path of the `curl` program.
  ///
  /// - Throws: `DownloadError` if there is none.
  static func program(searchPath: String?) throws -> String {
    let folders = (searchPath ?? "").split(separator: ":")
    guard
      let program = folders.map({ $0 + "/curl" }).first(where: FileManager.default.isExecutableFile(atPath:))
    else {
      throw DownloadError(
        "curl: there is no such program on the PATH, and downloads need it; install it (Debian: apt install curl)"
      )
    }
    return program
  }

  /// Asks for the content from an offset on, and passes it on in order.
  ///
  /// - Throws: what `receive` throws, which ends the request, or `DownloadError` if curl cannot be started.
  func run(from offset: Int, receive: (UnsafeRawBufferPointer) throws -> Void) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    // --disable: what a person's own .curlrc adds would not be expected here.
    process.arguments =
      [
        "--disable", "--silent", "--show-error", "--fail", "--location", "--max-redirs", "10",
        "--proto", "=http,https", "--connect-timeout", "\(timeout)", "--speed-limit", "1",
        "--speed-time", "\(timeout)", "--write-out", "%{stderr}\n%{http_code}",
      ] + (offset > 0 ? ["--continue-at", "\(offset)"] : []) + ["--url", url]
    let content = Pipe()
    let messages = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = content
    process.standardError = messages
    do {
      try process.run()
    } catch {
      throw DownloadError("\(program): it cannot be started: \(error.localizedDescription)")
    }
    do {
      try Self.drain(content.fileHandleForReading.fileDescriptor, receive)
    } catch {
      // The closed pipe ends curl even where it has inherited that SIGTERM is blocked.
      try? content.fileHandleForReading.close()
      process.terminate()
      process.waitUntilExit()
      throw error
    }
    let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return outcome(exitCode: process.terminationStatus, messages: text, resumed: offset > 0)
  }

  private static func drain(_ descriptor: Int32, _ receive: (UnsafeRawBufferPointer) throws -> Void) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let size = read(descriptor, buffer.baseAddress, buffer.count)
      if size < 0 && errno == EINTR { continue }
      guard size >= 0 else {
        throw DownloadError("curl: its output cannot be read: \(String(cString: strerror(errno)))")
      }
      if size == 0 { return }
      try receive(UnsafeRawBufferPointer(rebasing: buffer[..<size]))
    }
  }

  /// The codes are those of `man curl`.
  private func outcome(exitCode: Int32, messages: String, resumed: Bool) -> Outcome {
    let lines = messages.split(separator: "\n").map(String.init)
    let status = lines.last.flatMap { Int($0) } ?? 0
    let first = lines.first { $0.hasPrefix("curl: ") } ?? "curl ended with code \(exitCode)"
    let reason = first.replacingOccurrences(of: #"^curl: \(\d+\) "#, with: "", options: .regularExpression)
    switch exitCode {
    case 0: return .complete
    case 33: return .cannotResume
    case 22 where status == 416 && resumed: return .cannotResume
    case 22 where [408, 429].contains(status) || status >= 500: return .interrupted(reason)
    case 18: return .interrupted("the connection ended before the file did")
    case 28: return .interrupted("the server sent nothing for \(timeout) s")
    case 16, 52, 55, 56, 92, 95: return .interrupted(reason)
    default: return .refused(reason)
    }
  }
}
