extension KnownDataset {
  /// MNIST (LeCun, Cortes and Burges 1998).
  public static let mnist = KnownDataset(
    name: "mnist", summary: "handwritten digits", classes: 10, trainCount: 60_000, testCount: 10_000,
    statistics: ChannelStatistics(mean: [0.1307], deviation: [0.3081]), files: .mnist,
    page: "http://yann.lecun.com/exdb/mnist",
    digests: [
      .content("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
      .content("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
      .content("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
      .content("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ],
    mirrors: [
      "https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist",
    ])
}
