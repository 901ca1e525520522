import Files
import Foundation

/// What commands write to the standard streams: unbuffered, so that a failure is seen where it happens.
enum Output {
  /// Prints to standard output, in letters that its reader sees.
  ///
  /// - Throws: `FileError` where it cannot be written, to a full disk for example.
  static func print(_ text: String, terminator: String = "\n") throws {
    try print(exactly: Terminal.output.shown(text) + terminator)
  }

  /// The same for programs, letter by letter.
  static func print(exactly text: String) throws {
    try write(text, to: STDOUT_FILENO, named: "standard output")
  }

  /// Writes to standard error. Where nobody can be told, nothing can be done about it.
  static func tell(_ text: String) {
    try? write(text, to: STDERR_FILENO, named: "standard error")
  }

  private static func write(_ text: String, to stream: Int32, named name: String) throws {
    try Array(text.utf8).withUnsafeBytes {
      try FileSystem.write($0, toDescriptor: stream, named: name)
    }
  }

  /// Gives standard streams that are closed to the null device, before a file gets their number and their text.
  static func openClosedStreams() {
    for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(number, F_GETFD) < 0 && errno == EBADF {
      // The wrong way round, so that using them still fails.
      _ = open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// In this module `Output.print` takes the place of Swift's, which hides that nothing could be written.
@available(*, unavailable, message: "use Output.print")
func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {}
