import Text

/// One object of a config while it is decoded: each call reads a key, checks it and reports what is wrong with it.
///
/// A value that is wrong or missing is reported and replaced by a valid one, so that one pass finds every problem.
package final class ConfigSection {
  let reader: ConfigReader
  /// The path in messages.
  let path: String
  /// The path in `ConfigField`, with the variants' names.
  let fieldPath: String
  let members: JSONObject
  private var knownKeys: [String] = []

  init(reader: ConfigReader, path: String, fieldPath: String, members: JSONObject) {
    self.reader = reader
    self.path = path
    self.fieldPath = fieldPath
    self.members = members
  }

  static func leaf(_ path: String) -> String { path.split(separator: ".").last.map(String.init) ?? path }

  func path(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

  private func fieldPath(_ key: String) -> String { fieldPath.isEmpty ? key : fieldPath + "." + key }

  /// The value of a key, which becomes known. No type takes `null`: a key without a value is left out.
  func take(_ key: String) -> JSONValue? {
    knownKeys.append(key)
    return members[key]
  }

  /// Reports the keys that nobody asked for.
  func finish() {
    for member in members.members where !knownKeys.contains(member.key) {
      reader.report(
        UnknownKey(
          key: member.key, section: path, siblings: knownKeys, isOfVariant: fieldPath.hasSuffix("]")))
    }
  }

  /// Reports what is wrong with a key.
  ///
  /// - Parameter involved: the paths of other keys that it would not be wrong without.
  func report(_ key: String, _ problem: String, involving involved: [String] = []) {
    reader.report(ConfigProblem(path: path(key), text: problem, involved: involved))
  }

  /// An object; an absent one is empty, so that each of its keys has its default.
  func section(_ key: String) -> ConfigSection {
    object(key, take(key) ?? .object(JSONObject()), variant: nil)
  }

  /// An object of several shapes, as the value of a key that has been taken.
  func object(_ key: String, _ value: JSONValue, variant: String?) -> ConfigSection {
    var members = JSONObject()
    if case .object(let object) = value {
      members = object
    } else {
      var form: JSONValue?
      if variant != nil, case .string = value { form = .object(JSONObject([("name", value)])) }
      refuse(value, expected: "an object", at: path(key), write: form)
    }
    return ConfigSection(
      reader: reader, path: path(key), fieldPath: fieldPath(key) + (variant.map { "[\($0)]" } ?? ""),
      members: members)
  }

  /// The elements of a list that is not empty; `nil` when the key is absent or no list.
  private func elements(_ key: String, of kind: ConfigField.Kind) -> [JSONValue]? {
    guard let value = take(key) else { return nil }
    guard case .array(let values) = value else {
      refuse(value, expected: "a list", at: path(key), write: ConfigForm.list(of: kind, value))
      return nil
    }
    if values.isEmpty { report(key, "the list is empty; give at least one value") }
    return values
  }

  /// Decodes the elements of a list and, unless they may, reports those that repeat.
  private func list<Item: Equatable>(
    _ key: String, of kind: ConfigField.Kind, mayRepeat: Bool = false, _ item: (JSONValue, String) -> Item?
  ) -> [Item]? {
    guard let values = elements(key, of: kind) else { return nil }
    var items: [Item] = []
    for (index, value) in values.enumerated() {
      let place = "\(path(key))[\(index)]"
      guard let item = item(value, place) else { continue }
      if !mayRepeat, items.contains(item) {
        reader.report(ConfigProblem(path: place, text: "\(value.excerpt) stands in this list twice"))
      }
      items.append(item)
    }
    return items
  }

  func missing(_ key: String) { report(key, "missing; this key is required") }
}

// MARK: - Reading values

extension ConfigSection {
  func record(
    _ key: String, _ kind: ConfigField.Kind, isList: Bool = false, isRequired: Bool = false,
    defaultValue: JSONValue? = nil, names: [String]? = nil, range: NumberRange? = nil
  ) {
    reader.record(
      ConfigField(
        path: fieldPath(key), kind: kind, isList: isList, isRequired: isRequired, defaultValue: defaultValue,
        names: names, range: range))
  }

  /// A text that may be absent.
  func optionalString(_ key: String) -> String? {
    record(key, .string)
    return take(key).flatMap { string($0, at: path(key)) }
  }

  /// A text that must be there.
  func requiredString(_ key: String) -> String {
    record(key, .string, isRequired: true)
    guard let value = take(key) else {
      missing(key)
      return ""
    }
    return string(value, at: path(key)) ?? ""
  }

  /// Texts, none twice; nil where the key is absent.
  func optionalStrings(_ key: String) -> [String]? {
    record(key, .string, isList: true)
    return list(key, of: .string) { string($0, at: $1) }
  }

  /// A text with a default.
  func string(_ key: String, default defaultValue: String) -> String {
    record(key, .string, defaultValue: .string(defaultValue))
    return take(key).flatMap { string($0, at: path(key)) } ?? defaultValue
  }

  /// True or false; required where there is no default.
  func boolean(_ key: String, default defaultValue: Bool?) -> Bool {
    record(
      key, .boolean, isRequired: defaultValue == nil, defaultValue: defaultValue.map { .bool($0) })
    guard let value = take(key) else {
      if defaultValue == nil { missing(key) }
      return defaultValue ?? false
    }
    if case .bool(let flag) = value { return flag }
    refuse(value, expected: "true or false", at: path(key), write: ConfigForm.of(.boolean, value))
    return defaultValue ?? false
  }

  /// One of the names of an enumeration.
  func name<Name: ConfigName>(_ key: String, default defaultValue: Name) -> Name {
    record(key, .string, defaultValue: .string(defaultValue.rawValue), names: Name.names)
    return take(key).flatMap { name($0, at: path(key)) } ?? defaultValue
  }

  /// The same, where absence means something of its own; nil where it is absent or refused.
  func optionalName<Name: ConfigName>(_ key: String) -> Name? {
    record(key, .string, names: Name.names)
    return take(key).flatMap { name($0, at: path(key)) }
  }

  /// The same without a default; nil where it is missing or refused.
  func requiredName<Name: ConfigName>(_ key: String) -> Name? {
    record(key, .string, isRequired: true, names: Name.names)
    guard let value = take(key) else {
      missing(key)
      return nil
    }
    return name(value, at: path(key))
  }

  /// Names of an enumeration, none twice; without a default the key may be absent.
  func names<Name: ConfigName>(_ key: String, default defaultValue: [Name]) -> [Name] {
    let known = JSONValue.array(defaultValue.map { .string($0.rawValue) })
    record(
      key, .string, isList: true, defaultValue: defaultValue.isEmpty ? nil : known, names: Name.names)
    return list(key, of: .string) { name($0, at: $1) } ?? defaultValue
  }

  /// A whole number; one without a default may be absent.
  func optionalInteger(_ key: String, _ range: ClosedRange<Int>) -> Int? {
    record(key, .integer, range: NumberRange(range))
    return take(key).flatMap { integer($0, at: path(key), range) }
  }

  func integer(
    _ key: String, default defaultValue: Int?, isDefaultFixed: Bool = true, _ range: ClosedRange<Int>
  ) -> Int {
    record(
      key, .integer, isRequired: defaultValue == nil,
      defaultValue: isDefaultFixed ? defaultValue.map { JSONValue($0) } : nil, range: NumberRange(range))
    guard let value = take(key) else {
      if defaultValue == nil { missing(key) }
      return defaultValue ?? range.lowerBound
    }
    return integer(value, at: path(key), range) ?? defaultValue ?? range.lowerBound
  }

  /// Whole numbers that may repeat; without `isRequired` none where the key is absent.
  func integers(_ key: String, _ range: ClosedRange<Int>, isRequired: Bool) -> [Int] {
    record(key, .integer, isList: true, isRequired: isRequired, range: NumberRange(range))
    if isRequired, members[key] == nil { missing(key) }
    return list(key, of: .integer, mayRepeat: true) { integer($0, at: $1, range) } ?? []
  }

  func integers<Number: FixedWidthInteger>(
    _ key: String, default defaultValue: [Number], _ range: ClosedRange<Number>
  ) -> [Number] {
    record(
      key, .integer, isList: true, defaultValue: .array(defaultValue.map { JSONValue($0) }),
      range: NumberRange(range))
    return list(key, of: .integer) { integer($0, at: $1, range) } ?? defaultValue
  }

  /// Two whole numbers.
  func pair(_ key: String, default defaultValue: [Int], _ range: ClosedRange<Int>) -> [Int] {
    record(
      key, .integer, isList: true, defaultValue: .array(defaultValue.map { JSONValue($0) }),
      range: NumberRange(range))
    let problems = reader.problems.count
    guard let values = list(key, of: .integer, mayRepeat: true, { integer($0, at: $1, range) }) else {
      return defaultValue
    }
    if values.count == 2 { return values }
    if reader.problems.count == problems { report(key, "takes two numbers, and there are \(values.count)") }
    return defaultValue
  }

  /// A number; required where there is no default.
  func number(_ key: String, default defaultValue: Double?, _ range: NumberRange) -> Double {
    record(
      key, .number, isRequired: defaultValue == nil, defaultValue: defaultValue.map { JSONValue($0) },
      range: range)
    // Inside the range, whichever of its ends belong to it.
    let standIn = defaultValue ?? (range.lower + range.upper) / 2
    guard let value = take(key) else {
      if defaultValue == nil { missing(key) }
      return standIn
    }
    return number(value, at: path(key), range) ?? standIn
  }

  /// A number that may be absent.
  func optionalNumber(_ key: String, _ range: NumberRange) -> Double? {
    record(key, .number, range: range)
    return take(key).flatMap { number($0, at: path(key), range) }
  }

  /// A number that the kernels compute with, in 32 bits: it must be in range as they see it, too.
  func float(_ key: String, default defaultValue: Double?, _ range: NumberRange) -> Double {
    let number = number(key, default: defaultValue, range)
    if let nearest = range.nearestFloat(to: number) {
      report(
        key,
        "networks are trained in 32-bit floats, where \(DecimalText.shortest(number)) becomes "
          + "\(Self.asFloat(number)); the nearest usable value is \(nearest == 0 ? "0" : "\(nearest)")")
    }
    return number
  }

  /// How a number comes out in a kernel, which takes the smallest for 0.
  private static func asFloat(_ number: Double) -> String {
    let float = Float(number)
    return float.isNormal ? DecimalText.shortest(Double("\(float)") ?? number) : "0"
  }

  /// Numbers that must be there, and may repeat; nil where one is missing or refused.
  func requiredNumbers(_ key: String, _ range: NumberRange) -> [Double]? {
    record(key, .number, isList: true, isRequired: true, range: range)
    if members[key] == nil { missing(key) }
    let problems = reader.problems.count
    let values = list(key, of: .number, mayRepeat: true) { number($0, at: $1, range) }
    return reader.problems.count > problems ? nil : values
  }

  /// Numbers by names that are not the decoder's, none where the key is absent.
  func numbersByName(_ key: String, _ range: NumberRange) -> [String: Double] {
    reader.record(ConfigField(path: fieldPath(key) + ConfigField.element, kind: .number, range: range))
    guard let value = take(key) else { return [:] }
    let own = object(key, value, variant: nil)
    var numbers: [String: Double] = [:]
    for member in own.members.members {
      numbers[member.key] = number(member.value, at: own.path(member.key), range)
    }
    return numbers
  }

  func numbers(_ key: String, default defaultValue: [Double], _ range: NumberRange) -> [Double] {
    record(
      key, .number, isList: true, defaultValue: .array(defaultValue.map { JSONValue($0) }), range: range)
    return list(key, of: .number) { number($0, at: $1, range) } ?? defaultValue
  }
}
