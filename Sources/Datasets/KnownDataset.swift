/// A data set: what its images are, how they are read and where they come from. Those of the catalog Whittle knows by name; of
/// data of somebody's own the name is its format's.
public struct KnownDataset: Sendable {
  /// The name in configs and on the command line.
  public let name: String
  /// A few words that say what the images show.
  public let summary: String
  /// The shape of an image.
  public let shape: ImageShape
  /// The number of classes.
  public let classes: Int
  /// The names of the classes; their numbers from 0 on where they have no others.
  public let classNames: [String]
  /// How many images the published set has to train on.
  public let trainCount: Int
  /// How many images the published set has to test on.
  public let testCount: Int
  /// What is known of its channels; nil where nothing is.
  public let statistics: ChannelStatistics?
  /// How the images are had.
  package let form: any DatasetForm
  /// The web address that tells of the set, or of what its files are to be taken from; nil where they are drawn.
  package let page: String?
  /// The files that `whittle data download` fetches; nil where it cannot.
  package let published: PublishedSet?

  package init(
    name: String, summary: String, shape: ImageShape, classes: Int, classNames: [String]? = nil,
    trainCount: Int,
    testCount: Int, statistics: ChannelStatistics? = nil, form: any DatasetForm, page: String? = nil,
    published: PublishedSet? = nil
  ) {
    self.name = name
    self.summary = summary
    self.shape = shape
    self.classes = classes
    self.classNames = classNames ?? (0..<classes).map(String.init)
    self.trainCount = trainCount
    self.testCount = testCount
    self.statistics = statistics
    self.form = form
    self.page = page
    self.published = published
  }

  /// Whether the images are read from files.
  public var needsDirectory: Bool { !form.files.isEmpty }

  /// What to do about files that are damaged or missing.
  package func remedy(_ directory: String) -> String {
    published == nil
      ? "get it again from \(page ?? name)"
      : "get it again with 'whittle data download \(name) --directory \(directory)'"
  }
}

extension KnownDataset: RawRepresentable, CaseIterable, Hashable {
  /// The data set of a name; nil for one that Whittle does not know.
  public init?(rawValue: String) {
    guard let known = DatasetCatalog.all.first(where: { $0.name == rawValue }) else { return nil }
    self = known
  }

  /// The name.
  public var rawValue: String { name }

  /// Every data set, in the order of the catalog.
  public static var allCases: [KnownDataset] { DatasetCatalog.all }
}
