import Datasets
import GraphExec
import Text

extension PixelNormalization {
  private enum Name: String, ConfigName {
    /// Bytes divided by 255.
    case none
    /// By what is known of the data set.
    case known
    /// By what is measured of the training images.
    case measured
  }

  /// How a config says that mean and deviation are those of the training images.
  static let measured = JSONValue.string(Name.measured.rawValue)

  private enum Key {
    static let normalization = "normalization"
    static let mean = "mean"
    static let deviation = "std"
  }

  // Those of floats of any unit.
  private static let means = NumberRange(lower: -1e9, upper: 1e9)
  private static let deviations = NumberRange(lower: 0.000001, upper: 1e9)

  /// Reads a name, or an object with a mean and a deviation for each channel.
  ///
  /// - Parameter set: the data set; nil where its name was refused.
  init(from section: ConfigSection, of set: KnownDataset?) {
    self = .none
    switch section.members[Key.normalization] {
    case nil, .string:
      let name: Name = section.name(Key.normalization, default: .none)
      guard name == .known, let set else { return }
      guard let known = set.statistics else {
        let names = DatasetCatalog.all.filter { $0.statistics != nil }.map(\.name).joined(separator: ", ")
        section.report(
          Key.normalization,
          "nothing is known of \(set.name), only of \(names); give {\"\(Key.mean)\": [...], \"\(Key.deviation)\": [...]}",
          involving: [section.path("name")])
        return
      }
      self = PixelNormalization(mean: known.mean, deviation: known.deviation)
    default:
      let object = section.section(Key.normalization)
      let mean = object.requiredNumbers(Key.mean, Self.means)
      let deviation = object.requiredNumbers(Key.deviation, Self.deviations)
      object.finish()
      guard let mean, let deviation, let set else { return }
      for (key, numbers) in [(Key.mean, mean), (Key.deviation, deviation)]
      where numbers.count != set.shape.channels {
        object.report(
          key,
          "\(numbers.count) number\(numbers.count == 1 ? "" : "s") for the \(set.shape.channels) "
            + "channel\(set.shape.channels == 1 ? "" : "s") of \(set.name); give one for each",
          involving: [section.path("name")])
        return
      }
      self = PixelNormalization(mean: mean, deviation: deviation)
    }
  }

  /// As a config writes it: with its numbers, however they were said.
  package var json: JSONValue {
    guard self != .none else { return .string(Name.none.rawValue) }
    return .object(
      JSONObject([
        (Key.mean, .array(mean.map { JSONValue($0) })),
        (Key.deviation, .array(deviation.map { JSONValue($0) })),
      ]))
  }

  /// That of measured statistics.
  package init(_ statistics: ChannelStatistics) {
    self.init(mean: statistics.mean, deviation: statistics.deviation)
  }

  /// The normalization that a file says by itself, with one number for each channel or one for all.
  ///
  /// - Throws: `ConfigError` with what is wrong.
  package static func read(numbers json: JSONValue) throws(ConfigError) -> PixelNormalization {
    if json == .string(Name.none.rawValue) { return .none }
    let reader = ConfigReader()
    let object = reader.root(JSONObject([(Key.normalization, json)])).section(Key.normalization)
    let mean = object.requiredNumbers(Key.mean, Self.means)
    let deviation = object.requiredNumbers(Key.deviation, Self.deviations)
    object.finish()
    guard reader.problems.isEmpty, let mean, let deviation, !mean.isEmpty, mean.count == deviation.count
    else {
      let problems = reader.problems.map { $0.line(source: "its normalization", overrides: []) }
      throw ConfigError(
        problems: problems.isEmpty ? ["its normalization needs as many means as deviations"] : problems)
    }
    return PixelNormalization(mean: mean, deviation: deviation)
  }
}
