import Glibc

/// Lines on the error stream, so that the output is what it would be without them.
package enum ErrorStream {
  /// Tells what takes a moment.
  @Sendable package static func say(_ text: String) {
    // Where nobody can be told, nothing can be done about it.
    try? Array("whittle: \(text)\n".utf8).withUnsafeBytes {
      try FileSystem.write($0, toDescriptor: STDERR_FILENO, named: "standard error")
    }
  }

  /// Tells what people should know and what stops nothing.
  @Sendable package static func warn(_ text: String) { say("warning: \(text)") }
}
