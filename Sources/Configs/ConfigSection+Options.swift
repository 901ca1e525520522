import GraphExec
import Text

extension ConfigSection {
  /// Reads the options that something describes; what is wrong or missing is reported and replaced by something valid.
  package func values(_ options: [OptionDescription]) -> OptionValues {
    OptionValues(Dictionary(uniqueKeysWithValues: options.map { ($0.name, value($0)) }))
  }

  private func value(_ option: OptionDescription) -> OptionValue {
    switch (option.kind, option.defaultValue) {
    case (.integer(let range), let known):
      .integer(integer(option.name, default: known?.integer, range))
    case (.number(let lower, let upper, let excludesLower, let excludesUpper), let known):
      .number(
        float(
          option.name, default: known?.number,
          NumberRange(
            lower: lower, upper: upper, excludesLower: excludesLower, excludesUpper: excludesUpper)))
    case (.flag, let known): .flag(boolean(option.name, default: known?.flag))
    case (.ascending(let range), .integers(let known)):
      .integers(ascending(integers(option.name, default: known, range), option.name))
    case (.ascending(let range), _):
      .integers(ascending(integers(option.name, range, isRequired: true), option.name))
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
  fileprivate var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  fileprivate var number: Double? { if case .number(let value) = self { value } else { nil } }
  fileprivate var flag: Bool? { if case .flag(let value) = self { value } else { nil } }
}
