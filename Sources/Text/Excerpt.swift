/// What messages show of a text that may be long, or of several lines: the line stays one line, and readable.
package enum Excerpt {
  private static let length = 60

  /// The text itself if it is a short line, else its beginning.
  package static func of(_ text: some StringProtocol) -> String {
    var line = ""
    for character in text.prefix(length + 1) {
      let isControl = character.unicodeScalars.allSatisfy { $0.value < 0x20 }
      line += isControl || character.isNewline ? " " : String(character)
    }
    return line.count > length ? line.prefix(length - 1) + "…" : line
  }
}

extension JSONValue {
  /// The value as messages show it.
  package var excerpt: String { Excerpt.of(compact) }
}
