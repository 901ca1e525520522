extension KnownDataset {
  /// EMNIST (Cohen, Afshar, Tapson and van Schaik 2017, arXiv:1702.05373): NIST's handwritten characters in the form of
  /// MNIST, divided in six ways.
  ///
  /// Its files hold each image transposed; they are turned as they are read, so that they lie as MNIST's do. The labels
  /// of the letters are 1 to 26 in the files and 0 to 25 here. All sets come in one archive, which `whittle data download`
  /// does not fetch; a folder of its files is read, and so is one with the archive's own folder in it.
  public static let emnist = [
    emnist("balanced", "digits and letters, classes of one size", classes: 47, train: 112_800, test: 18_800),
    emnist("letters", "letters, both cases as one", classes: 26, train: 124_800, test: 20_800, firstLabel: 1),
    emnist("digits", "handwritten digits", classes: 10, train: 240_000, test: 40_000),
    emnist("mnist", "handwritten digits, as many as MNIST's", classes: 10, train: 60_000, test: 10_000),
    emnist("bymerge", "digits and letters, some cases as one", classes: 47, train: 697_932, test: 116_323),
    emnist("byclass", "digits, capital and small letters", classes: 62, train: 697_932, test: 116_323),
  ]

  private static func emnist(
    _ name: String, _ summary: String, classes: Int, train: Int, test: Int, firstLabel: UInt8 = 0
  ) -> KnownDataset {
    KnownDataset(
      name: "emnist-\(name)", summary: summary, classes: classes, trainCount: train, testCount: test,
      files: IDXFiles(
        train: "emnist-\(name)-train", test: "emnist-\(name)-test", firstLabel: firstLabel,
        isTransposed: true,
        subfolders: ["gzip"]),
      page: "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip")
  }
}
