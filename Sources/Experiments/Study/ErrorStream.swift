import Foundation

/// Lines on the error stream, so that the output is what it would be without them.
package enum ErrorStream {
  /// Tells what takes a moment.
  @Sendable package static func say(_ text: String) {
    FileHandle.standardError.write(Data("whittle: \(text)\n".utf8))
  }

  /// Tells what people should know and what stops nothing.
  @Sendable package static func warn(_ text: String) { say("warning: \(text)") }
}
