import java.net.Socket;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.metastore.HiveMetaStore;
import org.apache.hadoop.hive.metastore.security.HadoopThriftAuthBridge;
import org.apache.hive.service.server.HiveServer2;

/** A metastore, and HiveServer2 in each of its modes. The files of the cluster are on the class path, with what the servers alone need. */
public class HiveServers {
  /**
   * Starts a metastore if the name begins with "metastore", else HiveServer2: in HTTP mode if the name ends with "http". A file NAME.xml
   * on the class path has the settings of this one alone.
   */
  public static AutoCloseable start(String name) throws Exception {
    HiveConf conf = new HiveConf();
    Configuration own = new Configuration(false);
    own.addResource(name + ".xml");
    for (Map.Entry<String, String> setting : own) {
      conf.set(setting.getKey(), setting.getValue());
    }
    if (name.startsWith("metastore")) {
      return metastore(conf);
    }
    conf.set("hive.server2.transport.mode", name.endsWith("http") ? "http" : "binary");
    HiveServer2 server = new HiveServer2();
    server.init(conf);
    server.start();
    return server::stop;
  }

  static AutoCloseable metastore(HiveConf conf) throws Exception {
    URI place = URI.create(conf.get("hive.metastore.uris"));
    Lock lock = new ReentrantLock();
    Thread thread =
        new Thread(
            () -> {
              try {
                HiveMetaStore.startMetaStore(
                    place.getPort(), HadoopThriftAuthBridge.getBridge(), conf, lock, lock.newCondition(), new AtomicBoolean());
              } catch (Throwable failure) {
                failure.printStackTrace();
                Runtime.getRuntime().halt(1);
              }
            });
    thread.setDaemon(true);
    thread.start();
    while (true) {
      try (Socket ignored = new Socket(place.getHost(), place.getPort())) {
        return () -> {
          throw new UnsupportedOperationException("a metastore has no end but that of its JVM");
        };
      } catch (java.io.IOException notYet) {
        Thread.sleep(100);
      }
    }
  }
}
