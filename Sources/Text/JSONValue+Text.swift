extension JSONValue {
  /// The document on one line, without spaces: the form inside messages and file headers.
  package var compact: String {
    var text = ""
    write(to: &text, indent: nil)
    return text
  }

  /// The document on many lines, two spaces a level, arrays of plain values on one line; ends with a newline.
  package var pretty: String {
    var text = ""
    write(to: &text, indent: 0)
    return text + "\n"
  }

  private func write(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let literal): text += literal
    case .string(let value): text += Self.quoted(value)
    case .array(let values):
      let isPlain = values.allSatisfy(\.isPlain)
      Self.writeList(to: &text, "[", values, "]", indent: isPlain ? nil : indent, space: indent != nil) {
        $1.write(to: &$0, indent: $2)
      }
    case .object(let object):
      Self.writeList(to: &text, "{", object.members, "}", indent: indent, space: false) {
        $0 += Self.quoted($1.key) + (indent == nil ? ":" : ": ")
        $1.value.write(to: &$0, indent: $2)
      }
    }
  }

  private var isPlain: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  private static func writeList<Item>(
    to text: inout String, _ open: String, _ items: [Item], _ close: String, indent: Int?, space: Bool,
    _ write: (inout String, Item, Int?) -> Void
  ) {
    text += open
    for (index, item) in items.enumerated() {
      if index > 0 { text += space && indent == nil ? ", " : "," }
      if let indent { text += "\n" + String(repeating: "  ", count: indent + 1) }
      write(&text, item, indent.map { $0 + 1 })
    }
    if let indent, !items.isEmpty { text += "\n" + String(repeating: "  ", count: indent) }
    text += close
  }

  private static func quoted(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
