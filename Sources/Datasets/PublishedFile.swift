/// A file of a public data set, known by its uncompressed content.
package struct PublishedFile: Sendable, Equatable {
  /// The name without `.gz`.
  package var name: String
  /// The size of the uncompressed content in bytes.
  package var size: Int
  /// The SHA-256 of the uncompressed content, in lower-case hex; compressed copies differ between mirrors.
  package var sha256: String

  package init(name: String, size: Int, sha256: String) {
    self.name = name
    self.size = size
    self.sha256 = sha256
  }
}

/// A data set that can be downloaded: its files and where they are.
package struct PublishedSet: Sendable {
  package var name: String
  package var files: [PublishedFile]
  /// Folders on the web that hold the files, gzip-compressed, in the order in which to try them.
  package var mirrors: [String]

  package init(name: String, files: [PublishedFile], mirrors: [String]) {
    self.name = name
    self.files = files
    self.mirrors = mirrors
  }

  private init(_ kind: IDXFolder.Kind, digests: [String], mirrors: [String]) {
    name = kind.rawValue
    files = zip(Self.layout, digests).map { PublishedFile(name: $0.name, size: $0.size, sha256: $1) }
    self.mirrors = mirrors
  }

  private static let layout: [(name: String, size: Int)] = [
    ("train-images-idx3-ubyte", 47_040_016), ("train-labels-idx1-ubyte", 60_008),
    ("t10k-images-idx3-ubyte", 7_840_016), ("t10k-labels-idx1-ubyte", 10_008),
  ]

  /// The sets that can be downloaded.
  package static let all = [
    PublishedSet(
      .mnist,
      digests: [
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
      ],
      mirrors: [
        "https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist",
      ]),
    PublishedSet(
      .fashionMNIST,
      digests: [
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
      ],
      mirrors: [
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
      ]),
  ]
}
