import Text

/// What the decoder knows about one key of the config: the other side of `configs/schema.json`.
package struct ConfigField: Equatable, Sendable {
  /// The type of a value, or of the items of a list.
  package enum Kind: String, Sendable {
    case string
    case boolean
    case integer
    case number
  }

  /// What stands in a path for an element of a list, any of them, or for a name that the config chooses.
  static let element = "[]"

  /// The key's path; a key of one variant of an object has the variant's name in brackets:
  /// `pruning.schedule[polynomial].end_epoch`; one of a list's elements `model.layers[][linear].outputs`.
  package let path: String
  package let kind: Kind
  package let isList: Bool
  package let isRequired: Bool
  /// What an absent key means; `nil` when it depends on other keys, or when absence itself means something.
  package var defaultValue: JSONValue?
  package let names: [String]?
  package let range: NumberRange?

  package init(
    path: String, kind: Kind, isList: Bool = false, isRequired: Bool = false, defaultValue: JSONValue? = nil,
    names: [String]? = nil, range: NumberRange? = nil
  ) {
    self.path = path
    self.kind = kind
    self.isList = isList
    self.isRequired = isRequired
    self.defaultValue = defaultValue
    self.names = names
    self.range = range
  }
}

/// The values that a number may have, as an interval that is open or closed at either end.
package struct NumberRange: Equatable, Sendable {
  package let lower: Double
  package let upper: Double
  package let excludesLower: Bool
  package let excludesUpper: Bool

  /// Whether the interval holds this number.
  package func contains(_ value: Double) -> Bool {
    (excludesLower ? value > lower : value >= lower) && (excludesUpper ? value < upper : value <= upper)
  }

  package init(lower: Double, upper: Double, excludesLower: Bool = false, excludesUpper: Bool = false) {
    self.lower = lower
    self.upper = upper
    self.excludesLower = excludesLower
    self.excludesUpper = excludesUpper
  }

  /// The number in the interval that a kernel takes for `value`, where what the kernel would make of it is outside, or 0
  /// though it is none: floats too small to be normal are flushed to 0.
  func nearestFloat(to value: Double) -> Float? {
    let float = Float(value)
    if contains(Double(float)), float.isNormal || value == 0 { return nil }
    let least = Float.leastNormalMagnitude
    let candidates = [0, least, Float(lower).nextUp, Float(upper), Float(upper).nextDown]
    return candidates.filter { contains(Double($0)) && ($0.isNormal || $0 == 0) }
      .min { abs(Double($0) - value) < abs(Double($1) - value) }
  }

  package var description: String {
    let from = DecimalText.plain(lower)
    let to = DecimalText.plain(upper)
    if !excludesLower && !excludesUpper { return "\(from) to \(to)" }
    return (excludesLower ? "above " : "at least ") + from + ", " + (excludesUpper ? "below " : "at most ")
      + to
  }
}
