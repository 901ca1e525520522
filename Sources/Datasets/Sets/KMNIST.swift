extension KnownDataset {
  /// Kuzushiji-MNIST, cursive Japanese characters (Clanuwat and others 2018, arXiv:1812.01718).
  ///
  /// What is published are the checksums of the compressed files (TensorFlow Datasets lists them), so unpacked copies
  /// are read, but not known by them.
  public static let kmnist = KnownDataset(
    name: "kmnist", summary: "cursive Japanese characters", classes: 10, trainCount: 60_000,
    testCount: 10_000,
    files: .mnist, page: "http://codh.rois.ac.jp/kmnist",
    digests: [
      .stored("51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
      .stored("e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
      .stored("edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
      .stored("20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
    ],
    mirrors: ["http://codh.rois.ac.jp/kmnist/dataset/kmnist"])
}
