import Text

/// Guesses what someone meant by a value of the wrong type, so that a message can show the form to write.
enum ConfigForm {
  /// What a value was meant to be; nil where there is no telling.
  static func of(_ kind: ConfigField.Kind, _ value: JSONValue) -> JSONValue? {
    switch (kind, value) {
    case (.string, .number(let text)): .string(text)
    case (.string, .bool(let flag)): .string(flag ? "true" : "false")
    case (.number, .string(let text)): number(text)
    case (.integer, .string(let text)): integer(text)
    case (.boolean, .string(let text)): boolean(text)
    case (.boolean, .number("0")): .bool(false)
    case (.boolean, .number("1")): .bool(true)
    default: nil
    }
  }

  /// The list that a single value, or a text with separators, was meant to be.
  static func list(of kind: ConfigField.Kind, _ value: JSONValue) -> JSONValue? {
    guard case .string(let text) = value else { return item(kind, value).map { .array([$0]) } }
    let parts = text.split { ",;[]".contains($0) || $0.isWhitespace }.map { part in
      item(kind, .string(String(part.filter { !"\"'".contains($0) })))
    }
    let items = parts.compactMap { $0 }
    return items.isEmpty || items.count < parts.count ? nil : .array(items)
  }

  private static func item(_ kind: ConfigField.Kind, _ value: JSONValue) -> JSONValue? {
    switch (kind, value) {
    case (.number, .number), (.integer, .number), (.boolean, .bool), (.string, .string): value
    default: of(kind, value)
    }
  }

  /// `.01`, `0,01`, `+1` and `1%` are numbers to people.
  private static func number(_ text: String) -> JSONValue? {
    var text = text.filter { !$0.isWhitespace && $0 != "_" }
    if text.count(where: { $0 == "," }) == 1 { text = text.replacing(",", with: ".") }
    let isPercent = text.hasSuffix("%")
    guard let value = Double(isPercent ? String(text.dropLast()) : text), value.isFinite else { return nil }
    return JSONValue(isPercent ? value / 100 : value)
  }

  /// `60,000` and `60_000` are numbers to people.
  private static func integer(_ text: String) -> JSONValue? {
    Int(text.filter { !$0.isWhitespace && !"_,".contains($0) }).map { JSONValue($0) }
  }

  private static func boolean(_ text: String) -> JSONValue? {
    switch text.lowercased() {
    case "true", "yes", "on": .bool(true)
    case "false", "no", "off": .bool(false)
    default: nil
    }
  }
}
