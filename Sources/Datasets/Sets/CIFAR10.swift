extension KnownDataset {
  /// CIFAR-10 (Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images) in its binary format.
  ///
  /// The checksum of the archive is the one that TensorFlow Datasets lists, those of its files TorchVision for Ruby's.
  public static let cifar10: KnownDataset = {
    let form = CIFARFiles(recordsPerFile: 10_000)
    let shape = ImageShape(channels: 3, height: 32, width: 32)
    let digests = [
      "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
      "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
      "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
      "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
      "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
      "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
    ]
    return KnownDataset(
      name: "cifar-10", summary: "photographs of animals and vehicles", shape: shape, classes: 10,
      classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
      trainCount: 50_000, testCount: 10_000,
      statistics: ChannelStatistics(
        mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616]), form: form,
      page: "https://www.cs.toronto.edu/~kriz/cifar.html",
      published: PublishedSet(
        name: "cifar-10",
        files: zip(form.files, digests).map {
          PublishedFile(name: $0, size: form.fileSize(shape), digest: .content($1))
        },
        mirrors: ["https://www.cs.toronto.edu/~kriz"],
        archive: PublishedArchive(
          name: "cifar-10-binary.tar.gz", size: 170_052_171,
          sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")))
  }()
}
