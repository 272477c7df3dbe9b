import java.net.Socket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** One handshake with Java's own TLS: NAME PORT PROTOCOLS, where "" is its default protocols. */
class Handshake {
  public static void main(String[] args) throws Exception {
    var factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    var plain = new Socket("127.0.0.1", Integer.parseInt(args[1]));
    var socket = (SSLSocket) factory.createSocket(plain, args[0], 443, true);
    if (!args[2].isEmpty()) socket.setEnabledProtocols(args[2].split(","));
    socket.startHandshake();
  }
}
