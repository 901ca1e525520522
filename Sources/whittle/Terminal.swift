import Foundation

/// What a standard stream can show.
struct Terminal {
  /// Whether it is a terminal on which the cursor can be moved.
  let isInteractive: Bool
  /// Whether letters beyond ASCII reach the reader as they are.
  let hasUnicode: Bool

  static let output = Terminal(STDOUT_FILENO)
  static let errors = Terminal(STDERR_FILENO)

  private init(_ stream: Int32) {
    self.init(isTerminal: isatty(stream) == 1, environment: ProcessInfo.processInfo.environment)
  }

  private init(isTerminal: Bool, environment: [String: String]) {
    let kind = environment["TERM"] ?? ""
    isInteractive = isTerminal && kind != "dumb" && !kind.isEmpty
    // The first that is set and not empty decides, as in every program that asks the C library (POSIX, 8.2).
    let locale =
      ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? "C"
    let encoding = locale.lowercased()
    hasUnicode = encoding.contains("utf-8") || encoding.contains("utf8")
  }

  /// Columns and rows; as many as it takes where the output goes elsewhere.
  var size: (columns: Int, rows: Int) {
    var size = winsize()
    guard isatty(STDOUT_FILENO) == 1 else { return (.max, .max) }
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
    return (max(Int(size.ws_col), 2), max(Int(size.ws_row), 3))
  }

  /// `text` in letters that the reader sees, as many as before.
  func shown(_ text: String) -> String {
    hasUnicode ? text : String(text.replacing(" ± ", with: " +-").map { Self.plain[$0] ?? $0 })
  }

  /// What Whittle's own texts have beyond ASCII; names of files and devices stay as they are.
  private static let plain: [Character: Character] = [
    "─": "-", "–": "-", "−": "-", "×": "x", "±": "~", "█": "#", "░": ".", "µ": "u", "…": ".", "·": ".",
  ]
}
