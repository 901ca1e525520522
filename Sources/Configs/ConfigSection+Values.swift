import Text

/// An enumeration whose cases are the names that a key accepts.
package protocol ConfigName: RawRepresentable<String>, CaseIterable, Equatable, Sendable
where AllCases == [Self] {}

extension ConfigName {
  /// The names, in the order of the cases.
  package static var names: [String] { allCases.map(\.rawValue) }
}

extension NumberRange {
  init(_ range: ClosedRange<some FixedWidthInteger>) {
    self.init(lower: Double(range.lowerBound), upper: Double(range.upperBound))
  }
}

extension ConfigSection {
  private func report(_ path: String, _ text: String) {
    reader.report(ConfigProblem(path: path, text: text))
  }

  /// Reports a value of the wrong type.
  ///
  /// - Parameter form: what was probably meant.
  func refuse(_ value: JSONValue, expected: String, at path: String, write form: JSONValue?) {
    var text = "expected \(expected), got \(value.excerpt)"
    if value == .null { text += "; leave the key out for its default" }
    // What the command line or a quoted value holds may have been meant as JSON.
    if case .string(let literal) = value, "[{".contains(literal.prefix(1)), !literal.isEmpty {
      do { _ = try JSONParser.parse(literal) } catch { text += ", which is not valid JSON (\(error))" }
    }
    reader.report(ConfigProblem(path: path, text: text, form: form))
  }

  func string(_ value: JSONValue, at path: String) -> String? {
    if case .string(let text) = value { return text }
    refuse(value, expected: "a string", at: path, write: ConfigForm.of(.string, value))
    return nil
  }

  func name<Name: ConfigName>(_ value: JSONValue, at path: String) -> Name? {
    name(value, at: path, among: Name.names).flatMap { Name(rawValue: $0) }
  }

  /// A text that is one of these.
  private func name(_ value: JSONValue, at path: String, among names: [String]) -> String? {
    guard let text = string(value, at: path) else { return nil }
    if names.contains(text) { return text }
    report(path, "\(value.excerpt) is not a valid name; " + Self.advice(text, names))
    return nil
  }

  /// Whether a text can be the name of a file, or a part of one: 1 to 100 letters, digits, '-', '_' and '.'.
  static func isPlainName(_ text: String) -> Bool {
    (1...100).contains(text.utf8.count)
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
  }

  static func advice(_ name: String, _ names: [String]) -> String {
    let all = names.joined(separator: ", ")
    return NearestName.find(name, among: names).map { "did you mean \"\($0)\"? (valid: \(all))" }
      ?? "valid: \(all)"
  }

  func integer<Number: FixedWidthInteger>(
    _ value: JSONValue, at path: String, _ range: ClosedRange<Number>
  ) -> Number? {
    guard case .number(let literal) = value, let approximation = Double(literal) else {
      refuse(value, expected: "a whole number", at: path, write: ConfigForm.of(.integer, value))
      return nil
    }
    // `1e3` and `10.0` are whole numbers too, as far as a Double holds them exactly.
    let isExact = abs(approximation) <= 0x1p53
    if let number = Number(literal) ?? (isExact ? Number(exactly: approximation) : nil),
      range.contains(number)
    {
      return number
    }
    if approximation.isFinite, approximation.rounded() != approximation {
      report(path, "expected a whole number, got \(value.excerpt)")
    } else {
      let allowed = "\(range.lowerBound) to \(range.upperBound)"
      report(path, "\(value.excerpt) is out of range; allowed: \(allowed)")
    }
    return nil
  }

  func number(_ value: JSONValue, at path: String, _ range: NumberRange) -> Double? {
    guard case .number(let literal) = value, let number = Double(literal) else {
      refuse(value, expected: "a number", at: path, write: ConfigForm.of(.number, value))
      return nil
    }
    guard range.contains(number) else {
      report(path, "\(value.excerpt) is out of range; allowed: \(range.description)")
      return nil
    }
    guard number != 0 || DecimalText.isZero(literal) else {
      report(path, "\(value.excerpt) is too small for a number; write 0, or a larger one")
      return nil
    }
    return number
  }
}

extension ConfigSection {
  /// One of several kinds of things, each with keys of its own, as an object whose `name` says which; the first where the
  /// key is absent, or the name.
  ///
  /// - Parameter isNameRequired: whether an object without a name is refused.
  func choice<Kind>(
    _ key: String, among kinds: [Kind], isNameRequired: Bool = false, name nameOf: (Kind) -> String
  ) -> (kind: Kind, section: ConfigSection) {
    let names = kinds.map(nameOf)
    let value = take(key) ?? .object(JSONObject())
    var chosen = 0
    if case .object(let members) = value, case .string(let text)? = members["name"] {
      chosen = names.firstIndex(of: text) ?? 0
    }
    let object = object(key, value, variant: names[chosen])
    object.record(
      "name", .string, isRequired: isNameRequired, defaultValue: isNameRequired ? nil : .string(names[0]),
      names: names)
    if let value = object.take("name") {
      _ = object.name(value, at: object.path("name"), among: names)
    } else if isNameRequired {
      object.missing("name")
    }
    return (kinds[chosen], object)
  }
}
