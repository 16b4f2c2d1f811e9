import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import org.apache.hadoop.conf.Configuration;

/** A key management server. core-site.xml and kms-site.xml are on the class path. */
public class KmsServers {
  static final String PACKAGE = "org.apache.hadoop.crypto.key.kms.server.";

  /** Starts the KMS, as KMSWebServer.main does. `name` is not used. */
  public static AutoCloseable start(String name) throws Exception {
    Method read = Class.forName(PACKAGE + "KMSConfiguration").getDeclaredMethod("getKMSConf");
    read.setAccessible(true);
    Configuration conf = (Configuration) read.invoke(null);
    Class<?> type = Class.forName(PACKAGE + "KMSWebServer");
    Constructor<?> constructor = type.getDeclaredConstructor(Configuration.class, Configuration.class);
    constructor.setAccessible(true);
    Object server = constructor.newInstance(conf, new Configuration(false));
    type.getMethod("start").invoke(server);
    return () -> type.getMethod("stop").invoke(server);
  }
}
