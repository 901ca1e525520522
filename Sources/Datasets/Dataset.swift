/// A classification task: images to train on, images to test on and, if asked for, images held out.
public struct Dataset: Sendable {
  /// The name under which `DatasetCatalog` knows it.
  public var name: String
  /// The number of classes; every label is below it.
  public var classes: Int
  /// The shape of each image.
  public var shape: ImageShape { train.shape }
  /// The images to train on.
  public var train: ImageSet
  /// The images held out from the start of the training set, if any were asked for.
  public var validation: ImageSet?
  /// The images to test on.
  public var test: ImageSet
  /// What people should know of how it was read, a line each.
  public var warnings: [String] = []

  /// A data set made of the given parts.
  public init(
    name: String, classes: Int, train: ImageSet, validation: ImageSet? = nil, test: ImageSet,
    warnings: [String] = []
  ) {
    self.name = name
    self.classes = classes
    self.train = train
    self.validation = validation
    self.test = test
    self.warnings = warnings
  }
}
