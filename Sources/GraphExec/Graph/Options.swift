/// What a config says of an operation, an optimizer or a schedule beside its name.
public enum OptionValue: Sendable, Hashable {
  /// A whole number.
  case integer(Int)
  /// A number.
  case number(Double)
  /// Yes or no.
  case flag(Bool)
  /// Several whole numbers.
  case integers([Int])
}

extension OptionValue: CustomStringConvertible {
  /// As a config writes it.
  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .flag(let value): "\(value)"
    case .integers(let values): "\(values)"
    }
  }
}

/// One option: its name, what it may be, and what it is where nothing is said.
///
/// Config keys, their checks, `schema.json` and tables for people all come from these descriptions.
public struct OptionDescription: Sendable, Hashable {
  /// What values are allowed.
  public enum Kind: Sendable, Hashable {
    /// Whole numbers in a range.
    case integer(ClosedRange<Int>)
    /// Numbers from the first bound to the second, which belong to them unless `excludes` says otherwise.
    case number(Double, Double, excludesLower: Bool = false, excludesUpper: Bool = false)
    /// Yes or no.
    case flag
    /// Whole numbers in a range, each larger than the one before.
    case ascending(ClosedRange<Int>)
  }

  /// The key in a config.
  public let name: String
  /// What is allowed.
  public let kind: Kind
  /// What it is where nothing is said; nil where something must be.
  public let defaultValue: OptionValue?
  /// One phrase for people.
  public let help: String

  /// Creates a description.
  public init(_ name: String, _ kind: Kind, default defaultValue: OptionValue? = nil, _ help: String) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.help = help
  }
}

/// What can be named in a config, with options: an operation, an optimizer, a schedule.
public protocol Configurable: Sendable {
  /// The word for it.
  static var name: String { get }
  /// Its options, in the order in which tables show them.
  static var options: [OptionDescription] { get }
  /// Creates it from a value for each option that `options` describes, checked by them.
  init(_ values: OptionValues)
  /// The values from which an equal one can be made.
  var optionValues: OptionValues { get }
}

/// What is said by its name alone.
public protocol WithoutOptions: Configurable {
  /// Creates it.
  init()
}

extension WithoutOptions {
  /// None.
  public static var options: [OptionDescription] { [] }
  /// There is nothing to say.
  public init(_ values: OptionValues) { self.init() }
  /// None.
  public var optionValues: OptionValues { [:] }
}

/// A value for each option of something, by name.
public struct OptionValues: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  /// The values.
  public private(set) var values: [String: OptionValue]

  /// Creates values.
  public init(_ values: [String: OptionValue]) { self.values = values }

  /// Creates values.
  public init(dictionaryLiteral elements: (String, OptionValue)...) {
    values = Dictionary(elements) { _, last in last }
  }

  /// A whole number that the descriptions ask for.
  public func integer(_ name: String) -> Int {
    guard case .integer(let value)? = values[name] else { preconditionFailure("no whole number \(name)") }
    return value
  }

  /// A number that the descriptions ask for.
  public func number(_ name: String) -> Double {
    guard case .number(let value)? = values[name] else { preconditionFailure("no number \(name)") }
    return value
  }

  /// A yes or no that the descriptions ask for.
  public func flag(_ name: String) -> Bool {
    guard case .flag(let value)? = values[name] else { preconditionFailure("no flag \(name)") }
    return value
  }

  /// Whole numbers that the descriptions ask for.
  public func integers(_ name: String) -> [Int] {
    guard case .integers(let value)? = values[name] else { preconditionFailure("no list \(name)") }
    return value
  }
}
