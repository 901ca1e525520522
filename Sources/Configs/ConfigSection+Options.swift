import GraphExec
import Text

extension ConfigSection {
  /// Reads the options that something describes; what is wrong or missing is reported and replaced by something valid.
  func values(_ options: [OptionDescription]) -> OptionValues {
    OptionValues(Dictionary(uniqueKeysWithValues: options.map { ($0.name, value($0)) }))
  }

  private func value(_ option: OptionDescription) -> OptionValue {
    switch (option.kind, option.defaultValue) {
    case (.integer(let range), .integer(let known)):
      .integer(integer(option.name, default: known, range))
    case (.integer(let range), _): .integer(integer(option.name, default: nil, range))
    case (.number(let lower, let upper, let excludesLower, let excludesUpper), let known):
      .number(
        float(
          option.name, default: known.flatMap(\.number) ?? lower,
          NumberRange(
            lower: lower, upper: upper, excludesLower: excludesLower, excludesUpper: excludesUpper)))
    case (.flag, let known): .flag(boolean(option.name, default: known == .flag(true)))
    case (.ascending(let range), .integers(let known)):
      .integers(ascending(integers(option.name, default: known, range), option.name))
    case (.ascending(let range), _):
      .integers(ascending(requiredIntegers(option.name, range), option.name))
    }
  }

  private func ascending(_ values: [Int], _ key: String) -> [Int] {
    for (before, after) in zip(values, values.dropFirst()) where before >= after {
      report(key, "\(after) does not belong after \(before); each number must be larger than the one before")
      break
    }
    return values
  }
}

extension OptionValue {
  fileprivate var number: Double? { if case .number(let value) = self { value } else { nil } }

  /// As a config writes it.
  var json: JSONValue {
    switch self {
    case .integer(let value): JSONValue(value)
    case .number(let value): JSONValue(value)
    case .flag(let value): .bool(value)
    case .integers(let values): .array(values.map { JSONValue($0) })
    }
  }
}
