import Datasets
import Files
import Text

extension OwnDataset {
  fileprivate enum Key {
    static let trainImages = "train_images"
    static let trainLabels = "train_labels"
    static let testImages = "test_images"
    static let testLabels = "test_labels"
    static let testFraction = "test_fraction"
    static let splitSeed = "split_seed"
    static let shape = "shape"
    static let classes = "classes"
    static let label = "label"
    static let skipsUnreadable = "skip_unreadable"
    static let all = [
      trainImages, trainLabels, testImages, testLabels, testFraction, splitSeed, shape, classes, label,
      skipsUnreadable,
    ]
  }

  private static let extents = 1...65_536
  private static let fractions = NumberRange(lower: 0, upper: 1, excludesLower: true, excludesUpper: true)

  /// Reads the keys of data of one's own, which mean nothing beside the name of a set that is known: there, they are reported.
  init(from section: ConfigSection, format: String?, directory: String?) {
    self.init(format: format ?? "", directory: directory)
    func path(_ key: String) -> String? {
      let path = section.optionalString(key)
      if path == "" { section.report(key, "the path is empty") }
      return path.map(HomeFolder.expand)
    }
    trainImages = path(Key.trainImages)
    trainLabels = path(Key.trainLabels)
    testImages = path(Key.testImages)
    testLabels = path(Key.testLabels)
    testFraction = section.optionalNumber(Key.testFraction, Self.fractions)
    splitSeed = UInt64(section.integer(Key.splitSeed, default: 1, 0...Int.max))
    shape = Self.shape(section)
    classes = section.optionalStrings(Key.classes)
    if let classes, !(2...256).contains(classes.count) {
      section.report(Key.classes, "\(classes.count) classes; give 2 to 256")
    }
    label = section.optionalString(Key.label)
    skipsUnreadable = section.boolean(Key.skipsUnreadable, default: false)
    guard let format else { return }
    if directory == nil, trainImages == nil {
      section.report(
        "directory",
        "missing; name the folder of the data, or its files as \(Key.trainImages) and \(Key.trainLabels)",
        involving: [section.path("name")])
    }
    if label != nil, format != "csv" {
      section.report(
        Key.label, "only a table has a column of labels, and \(format) is none",
        involving: [section.path("name")])
    }
  }

  /// Reports the keys of data of one's own beside a set that is known.
  static func refuseKeys(_ section: ConfigSection, of set: KnownDataset) {
    for key in Key.all where section.members[key] != nil {
      section.report(
        key,
        "it is for data of your own, and \(set.name) is a set that is known; leave it out, or give dataset.name one of "
          + DataFormats.all.map { $0.name }.joined(separator: ", "), involving: [section.path("name")])
    }
  }

  /// `[features]`, `[height, width]` or `[channels, height, width]`.
  private static func shape(_ section: ConfigSection) -> ImageShape? {
    let extents = section.integers(Key.shape, extents, isRequired: false)
    switch extents.count {
    case 0: return nil
    case 1: return ImageShape(channels: extents[0], height: 1, width: 1)
    case 2: return ImageShape(height: extents[0], width: extents[1])
    case 3: return ImageShape(channels: extents[0], height: extents[1], width: extents[2])
    default:
      section.report(Key.shape, "give [channels, height, width], [height, width] or [features]")
      return nil
    }
  }

  /// The keys beside name and directory.
  var json: [(String, JSONValue?)] {
    func path(_ path: String?) -> JSONValue? { path.map { .string($0) } }
    return [
      (Key.trainImages, path(trainImages)),
      (Key.trainLabels, path(trainLabels)),
      (Key.testImages, path(testImages)),
      (Key.testLabels, path(testLabels)),
      (Key.testFraction, testFraction.map { JSONValue($0) }),
      (Key.splitSeed, JSONValue(splitSeed)),
      (
        Key.shape,
        shape.map { shape in
          .array(
            (shape.isFlat ? [shape.channels] : [shape.channels, shape.height, shape.width]).map {
              JSONValue($0)
            })
        }
      ),
      (Key.classes, classes.map { .array($0.map { .string($0) }) }),
      (Key.label, label.map { .string($0) }),
      (Key.skipsUnreadable, .bool(skipsUnreadable)),
    ]
  }
}
